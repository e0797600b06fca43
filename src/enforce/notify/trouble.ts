/** Why a notice did not get through. */
export class DeliveryError extends Error {
  /** Another time it may work. */
  readonly mayRetry: boolean;
  /** When the other side asked to be left alone for so long. */
  readonly afterSec: number | undefined;

  constructor(
    reason: string,
    options: { readonly mayRetry: boolean; readonly afterSec?: number | undefined },
  ) {
    super(reason);
    this.mayRetry = options.mayRetry;
    this.afterSec = options.afterSec;
  }
}

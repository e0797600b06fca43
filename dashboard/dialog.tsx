import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly class?: string;
  /** Whether the heading gets the focus at the end, since what had it will be gone. */
  readonly focusHeading?: () => boolean;
  readonly children: ComponentChildren;
}

/** The browser's own modal dialog: it keeps the focus, closes with Escape, and gives the focus back. */
export function Dialog({ title, onClose, class: more = '', focusHeading, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  // Its own copy of what it does at the end, since it is asked for when all else is gone.
  const atEnd = useRef(focusHeading);
  atEnd.current = focusHeading;
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      // Closed first: as long as it is open nothing else can have the focus.
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected && !atEnd.current?.()) before.focus();
      else document.querySelector<HTMLElement>('main h1')?.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes it, as Escape does
    <dialog
      ref={element}
      class={`dialog ${more}`}
      aria-labelledby="dialog-title"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === element.current) element.current?.close();
      }}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id="dialog-title">{title}</h2>
          <button
            type="button"
            class="button quiet icon-button"
            aria-label="Close"
            onClick={() => element.current?.close()}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="m3 3 10 10M13 3 3 13" />
            </svg>
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

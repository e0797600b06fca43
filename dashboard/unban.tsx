import { useRef, useState } from 'preact/hooks';
import type { BanRow } from '../src/web/types.ts';
import { ApiError, api } from './api.ts';
import { Dialog } from './dialog.tsx';

interface UnbanProps {
  readonly ban: Pick<BanRow, 'id' | 'jail'>;
  readonly onClose: () => void;
  readonly onDone: (words: string) => void;
}

/** Asks once more, and ends the ban. */
export function UnbanDialog({ ban, onClose, onDone }: UnbanProps) {
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const isDone = useRef(false);
  const { id, jail } = ban;
  const unban = async (): Promise<void> => {
    setBusy(true);
    setProblem('');
    try {
      const { ended } = await api.unban(id, jail);
      onDone(ended > 0 ? `${id} is let in again by ${jail}` : `${id} was not banned in ${jail} any more`);
      isDone.current = true;
      onClose();
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title="Unban this address?" onClose={onClose} class="narrow" focusHeading={() => isDone.current}>
      <p>
        <strong class="mono">{id}</strong> is let in again by the jail <strong>{jail}</strong>, and its past
        bans there are forgotten. If it goes on, it is banned again.
      </p>
      <p class="field-problem" role="alert">
        {problem}
      </p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Keep the ban
        </button>
        <button
          type="button"
          class="button danger solid"
          autofocus
          disabled={isBusy}
          onClick={() => void unban()}
        >
          {isBusy ? 'Unbanning …' : 'Unban'}
        </button>
      </div>
    </Dialog>
  );
}

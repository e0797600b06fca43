import { useState } from 'preact/hooks';
import { ApiError, api, token } from './api.ts';
import { Mark } from './mark.tsx';

interface LoginProps {
  /** Why the token that was there does not do. */
  readonly reason: string;
  readonly onDone: () => void;
}

/** Asks for the token. */
export function Login({ reason, onDone }: LoginProps) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState(reason);
  const [isBusy, setBusy] = useState(false);
  const open = async (): Promise<void> => {
    if (text.trim() === '') {
      setProblem('Type the token first.');
      return;
    }
    setBusy(true);
    token.set(text.trim());
    try {
      await api.status();
      onDone();
    } catch (error) {
      token.forget();
      setProblem(error instanceof ApiError ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="login" id="main">
      <form
        class="panel login-panel"
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
      >
        <Mark />
        <h1>Warder</h1>
        <p class="muted">
          The page is for root. In a terminal of this machine, <code>warder web</code> prints a link that
          opens it.
        </p>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={text}
          aria-invalid={problem !== ''}
          aria-describedby="token-problem"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p id="token-problem" class="field-problem" role="alert">
          {problem}
        </p>
        <button type="submit" class="button primary" disabled={isBusy}>
          {isBusy ? 'Opening …' : 'Open'}
        </button>
      </form>
    </main>
  );
}

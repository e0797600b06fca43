import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Overview } from '../src/web/types.ts';
import type { Connection } from './live.ts';
import { Mark } from './mark.tsx';
import { applyTheme, nextTheme, storedTheme } from './theme.ts';

/** The views by their place in the address. */
export const views = [
  ['overview', 'Overview'],
  ['bans', 'Bans'],
  ['history', 'History'],
  ['rules', 'Rules'],
  ['events', 'Events'],
  ['tarpit', 'Tarpit'],
] as const;

export type View = (typeof views)[number][0];

interface ShellProps {
  readonly view: View;
  readonly connection: Connection;
  readonly overview: Overview | undefined;
  /** What a screen reader is told of events. */
  readonly announcement: string;
  readonly onLogOut: () => void;
  readonly children: ComponentChildren;
}

const connectionWords: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Connection lost',
};

/** What stands around every view. */
export function Shell({ view, connection, overview, announcement, onLogOut, children }: ShellProps) {
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place in the page, whose address belongs to the views */}
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>('main h1')?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="top">
        <div class="top-row">
          <span class="brand">
            <Mark />
            <span class="brand-name">Warder</span>
            {overview === undefined ? null : <span class="brand-host">{overview.host}</span>}
          </span>
          <span class={`pill ${connection}`}>
            <span class="pill-dot" aria-hidden="true" />
            {connectionWords[connection]}
          </span>
          <ThemeSwitch />
          <button type="button" class="button quiet" onClick={onLogOut}>
            Log out
          </button>
        </div>
        <nav class="nav" aria-label="Views">
          {views.map(([name, title]) => (
            <a key={name} href={`#/${name}`} aria-current={name === view ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" class="main">
        {children}
      </main>
      <footer class="foot">
        {overview === undefined ? null : (
          <p>
            Warder {overview.version}, speaks fail2ban {overview.compatibleVersion}
          </p>
        )}
      </footer>
      <p class="hidden" role="status" aria-live="polite">
        {announcement}
      </p>
    </>
  );
}

/** Follows the system, or is light or dark. */
function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  const change = (): void => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  return (
    <button
      type="button"
      class="button quiet icon-button"
      onClick={change}
      aria-label={`Theme: ${theme}`}
      title={`Theme: ${theme}`}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {theme === 'light' ? (
          <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />
        ) : theme === 'dark' ? (
          <path d="M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3Z" />
        ) : (
          <>
            <circle cx="8" cy="8" r="6" />
            <path class="solid" d="M8 2a6 6 0 0 1 0 12Z" />
          </>
        )}
      </svg>
    </button>
  );
}

export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'warder-theme';
const themes: readonly Theme[] = ['system', 'light', 'dark'];

export function storedTheme(): Theme {
  return themes.find((theme) => theme === localStorage.getItem(storageKey)) ?? 'system';
}

/** Shows a theme and remembers it. What is drawn by hand is told, since it has no style sheet. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') {
    localStorage.removeItem(storageKey);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(storageKey, theme);
    document.documentElement.dataset.theme = theme;
  }
  dispatchEvent(new Event('themechange'));
}

/** The theme after this one. */
export function nextTheme(theme: Theme): Theme {
  return themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
}

/** Calls back when colours change, by the switch or by the system. Returns what ends it. */
export function onThemeChange(callback: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', callback);
  addEventListener('themechange', callback);
  return () => {
    system.removeEventListener('change', callback);
    removeEventListener('themechange', callback);
  };
}

import type { Locale } from './messages/locales.ts';

export type Theme = 'system' | 'light' | 'dark' | 'contrast';
export type Density = 'comfortable' | 'compact';

export const themes: readonly Theme[] = ['system', 'light', 'dark', 'contrast'];

/** How the console looks and speaks, remembered by this browser. */
export interface Preferences {
  readonly theme: Theme;
  readonly density: Density;
  readonly locale: Locale;
}

const PREFERENCES_KEY = 'wardgrid.preferences';

/** What this browser remembers, or what the browser itself prefers. */
export function storedPreferences(): Preferences {
  const locale = navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
  const defaults: Preferences = { theme: 'system', density: 'comfortable', locale };
  try {
    const stored = JSON.parse(localStorage.getItem(PREFERENCES_KEY) ?? '{}') as object;
    return { ...defaults, ...stored };
  } catch {
    return defaults;
  }
}

/** Remembers the preferences in this browser. */
export function storePreferences(preferences: Preferences): void {
  localStorage.setItem(PREFERENCES_KEY, JSON.stringify(preferences));
}

/** Puts theme and density on the document, where the style sheet reads them. */
export function applyAppearance({ theme, density }: Preferences): void {
  document.documentElement.dataset['theme'] = theme;
  document.documentElement.dataset['density'] = density;
}

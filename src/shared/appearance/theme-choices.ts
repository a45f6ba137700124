/** The themes that can be chosen. `auto` is the light one where the terminal says that its background is light, else the dark one. */
export const themeChoices = ['auto', 'dark', 'light', 'high-contrast', 'none'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

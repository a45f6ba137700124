/** The figures that a panel of kind `figure` can show in large digits, by the name in its option `of`. */
export const figureNames = ['state', 'output', 'kv-cache', 'running', 'first-token', 'savings', 'memory'] as const;
export type FigureName = (typeof figureNames)[number];

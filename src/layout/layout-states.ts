/**
 * What the engine is for a layout: `starting` from the checks before a start until it is ready, `serving`, `degraded` when it generates or
 * answers nothing, `failed` until it is started again, also while it waits for that, and `stopped` also while it stops and before the first start.
 */
export const layoutStates = ['starting', 'serving', 'degraded', 'failed', 'stopped'] as const;
export type LayoutState = (typeof layoutStates)[number];

import {z} from 'zod';
import type {PanelKind} from './panel-kinds.ts';

/** What a layout file may set on a panel. */
export type PanelOptions = Readonly<Record<string, string | number | boolean>>;

const none = z.strictObject({});

/** The options each panel kind knows; anything else is refused when the layout is loaded. */
export const panelOptionsSchemas: Readonly<Record<PanelKind, z.ZodObject>> = {
  server: none,
  'gpu-memory': none,
  'vram-budget': none,
  throughput: none,
  'kv-cache': none,
  latency: none,
  cost: none,
  log: none,
  findings: none,
};

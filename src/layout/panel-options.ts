import {z} from 'zod';
import {chartNames} from './chart-names.ts';
import {figureNames} from './figure-names.ts';
import type {PanelKind} from './panel-kinds.ts';

/** Panel options in a layout file. */
export type PanelOptions = Readonly<Record<string, string | number | boolean>>;

const none = z.strictObject({});

/** The options of each panel kind; others are refused when the layout is loaded. */
export const panelOptionsSchemas: Readonly<Record<PanelKind, z.ZodObject>> = {
  /** `showFinding: false`: with one row, the cause of a failure is left to the Findings panel. */
  server: z.strictObject({showFinding: z.boolean().optional()}),
  'gpu-memory': none,
  'vram-budget': none,
  throughput: none,
  'kv-cache': none,
  latency: none,
  cost: none,
  log: none,
  findings: none,
  'gpu-table': none,
  'request-sizes': none,
  'cost-table': none,
  'cost-days': none,
  'price-books': none,
  'node-size': none,
  settings: none,
  starts: none,
  'state-strip': none,
  'start-phases': none,
  command: none,
  processes: none,
  'start-progress': none,
  problem: none,
  /** `showState: false`: the state and the last end are left to a figure of the layout. */
  'next-start': z.strictObject({showState: z.boolean().optional()}),
  /** `of`: which figure. */
  figure: z.strictObject({of: z.enum(figureNames).optional()}),
  /** `of`: which chart. */
  chart: z.strictObject({of: z.enum(chartNames).optional()}),
};

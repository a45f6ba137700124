import {z} from 'zod';
import {DEFAULT_DROP_ORDER, DEFAULT_EXTENT, DEFAULT_OPTIONS} from './layout-defaults.ts';
import {type LayoutState, layoutStates} from './layout-states.ts';
import {type PanelKind, panelKinds} from './panel-kinds.ts';
import {type PanelOptions, panelOptionsSchemas} from './panel-options.ts';

/** A node's part of its parent's length: exactly `cells`, or a `share` of the rest, within bounds. */
export type Extent = {
  readonly cells?: number | undefined;
  readonly share?: number | undefined;
  readonly minCells?: number | undefined;
  readonly maxCells?: number | undefined;
};

export type PanelNode = {
  readonly kind: 'panel';
  readonly id: string;
  readonly panel: PanelKind;
  readonly extent: Extent;
  /** Higher values are dropped first when the terminal is too small for all panels. */
  readonly dropOrder: number;
  readonly options: PanelOptions;
};
/** Children one below the other (`rows`) or side by side (`columns`). */
export type GroupNode = {
  readonly kind: 'rows' | 'columns';
  readonly extent: Extent;
  readonly children: readonly LayoutNode[];
};
export type LayoutNode = PanelNode | GroupNode;

/** One arrangement, the smallest terminal it is meant for, and the states of the engine that it is for; without `when` for every one. */
export type LayoutVariant = {
  readonly when?: readonly LayoutState[] | undefined;
  readonly minColumns: number;
  readonly minRows: number;
  readonly root: LayoutNode;
};

/** A dashboard as data: arrangements for several states of the engine and terminal sizes, the most demanding first. */
export type Layout = {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly title: string;
  readonly variants: readonly LayoutVariant[];
};

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a name of lower-case letters, digits and "-", at most 32');
const cells = z.int().positive().max(1000);

const extentSchema = z
  .strictObject({
    cells: cells.optional(),
    share: cells.optional(),
    minCells: cells.optional(),
    maxCells: cells.optional(),
  })
  .refine(
    (extent) => (extent.cells === undefined) !== (extent.share === undefined),
    'give exactly one of "cells" and "share"',
  )
  .refine(
    (extent) => extent.cells === undefined || (extent.minCells === undefined && extent.maxCells === undefined),
    '"minCells" and "maxCells" go with "share", not with "cells"',
  )
  .refine(
    (extent) => extent.minCells === undefined || extent.maxCells === undefined || extent.minCells <= extent.maxCells,
    '"minCells" must not exceed "maxCells"',
  )
  .default(DEFAULT_EXTENT);

const panelNodeSchema = z
  .strictObject({
    kind: z.literal('panel'),
    id: identifier,
    panel: z.enum(panelKinds),
    extent: extentSchema,
    dropOrder: z.int().nonnegative().default(DEFAULT_DROP_ORDER),
    options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default(DEFAULT_OPTIONS),
  })
  .superRefine((node, context) => {
    const parsed = panelOptionsSchemas[node.panel].safeParse(node.options);
    for (const issue of parsed.error?.issues ?? []) {
      context.addIssue({code: 'custom', path: ['options', ...issue.path], message: issue.message});
    }
  });

const rowsNodeSchema = z.strictObject({
  kind: z.literal('rows'),
  extent: extentSchema,
  get children(): z.ZodArray<z.ZodType<LayoutNode>> {
    return z.array(layoutNodeSchema).min(1).max(32);
  },
});
const columnsNodeSchema = z.strictObject({
  kind: z.literal('columns'),
  extent: extentSchema,
  get children(): z.ZodArray<z.ZodType<LayoutNode>> {
    return z.array(layoutNodeSchema).min(1).max(32);
  },
});
// Discriminated at every level: a plain union would answer a typo with "Invalid input" at the root.
const layoutNodeSchema: z.ZodType<LayoutNode> = z.discriminatedUnion('kind', [
  panelNodeSchema,
  rowsNodeSchema,
  columnsNodeSchema,
]);

const variantSchema = z
  .strictObject({
    when: z
      .array(z.enum(layoutStates))
      .min(1, 'give at least one state, or leave "when" out')
      .refine((states) => new Set(states).size === states.length, 'a state is given twice')
      .optional(),
    minColumns: z.int().nonnegative(),
    minRows: z.int().nonnegative(),
    root: layoutNodeSchema,
  })
  .superRefine((variant, context) => {
    const seen = new Set<string>();
    for (const {node, path} of panelsWithPaths(variant.root, ['root'])) {
      if (seen.has(node.id)) {
        context.addIssue({code: 'custom', path: [...path, 'id'], message: `id "${node.id}" is used twice`});
      }
      seen.add(node.id);
    }
  });

/** The shape of a layout file. */
export const layoutSchema = z.strictObject({
  $schema: z.string().optional(),
  schemaVersion: z.literal(1),
  name: identifier,
  title: z.string().min(1).max(60),
  variants: z
    .array(variantSchema)
    .min(1)
    .max(32)
    .refine(
      (variants) => variants.some(({when, minColumns, minRows}) => when === undefined && minColumns + minRows === 0),
      'one variant must fit any terminal in any state: "minColumns": 0, "minRows": 0, without "when"',
    ),
});

/** Every panel of a tree, in reading order. */
export function panelsOf(root: LayoutNode): PanelNode[] {
  return panelsWithPaths(root, []).map(({node}) => node);
}

function panelsWithPaths(
  node: LayoutNode,
  path: readonly (string | number)[],
): {node: PanelNode; path: readonly (string | number)[]}[] {
  if (node.kind === 'panel') return [{node, path}];
  return node.children.flatMap((child, index) => panelsWithPaths(child, [...path, 'children', index]));
}

/** The JSON Schema of layout files, for editors; the text of layouts/layout.schema.json. */
export function layoutJsonSchemaText(): string {
  const schema = z.toJSONSchema(layoutSchema, {io: 'input', reused: 'ref'});
  return `${JSON.stringify({...schema, title: 'Gantry layout'}, null, 2)}\n`;
}

import type {Extent, GroupNode, Layout, LayoutNode, PanelNode} from './layout-schema.ts';
import type {PanelOptions} from './panel-options.ts';

/** The part of a node that says nothing about it. */
export const DEFAULT_EXTENT: Extent = {share: 1};
export const DEFAULT_DROP_ORDER = 0;
export const DEFAULT_OPTIONS: PanelOptions = {};

type WrittenPanel = Pick<PanelNode, 'kind' | 'id' | 'panel'> & Partial<PanelNode>;
type WrittenGroup = Pick<GroupNode, 'kind'> & {readonly extent?: Extent; readonly children: readonly WrittenNode[]};
type WrittenNode = WrittenPanel | WrittenGroup;

/** A valid layout as it is written, with everything left out that is a default. */
export type WrittenLayout = Omit<Layout, 'variants'> & {
  readonly variants: readonly (Omit<Layout['variants'][number], 'root'> & {readonly root: WrittenNode})[];
};

/** A valid layout with its defaults, as its schema would complete it. */
export function withDefaults({schemaVersion, name, title, variants}: WrittenLayout): Layout {
  const completed = variants.map((variant) => ({...variant, root: completedNode(variant.root)}));
  return {schemaVersion, name, title, variants: completed};
}

function completedNode(node: WrittenNode): LayoutNode {
  const {extent = DEFAULT_EXTENT} = node;
  if (node.kind !== 'panel') return {kind: node.kind, extent, children: node.children.map(completedNode)};
  const {kind, id, panel, dropOrder = DEFAULT_DROP_ORDER, options = DEFAULT_OPTIONS} = node;
  return {kind, id, panel, extent, dropOrder, options};
}

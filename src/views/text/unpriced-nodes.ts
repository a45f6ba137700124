import {bareName, type CandidateNode, rentSetting} from '../../domain/cost/candidate-nodes.ts';

/** `8x B300`. */
export function nodeText({gpuName, gpuCount}: Pick<CandidateNode, 'gpuName' | 'gpuCount'>): string {
  return `${gpuCount}x ${bareName(gpuName)}`;
}

/** The nodes without a rent, and how to give them one; null where all have one. */
export function unpricedText(nodes: readonly CandidateNode[]): string | null {
  const unpriced = nodes.filter(({usdPerHour}) => usdPerHour === null);
  const [first] = unpriced;
  if (first === undefined) return null;
  return `No price is known for ${unpriced.map(nodeText).join(', ')}. Set it: ${rentSetting(first.gpuName)}.`;
}

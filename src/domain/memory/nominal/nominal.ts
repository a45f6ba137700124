import {decimalText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_GB} from '../../../shared/units.ts';
import type {WeightFormat} from '../model/quantization.ts';

/** Parameters in the published guide's rule of thumb for Kimi K2: one trillion. */
const GUIDE_PARAMETERS = 1e12;

const nominalBytesPerParameter: Readonly<Record<WeightFormat, number>> = {
  int4: 0.5,
  nvfp4: 0.5,
  mxfp4: 0.5,
  fp8: 1,
  bf16: 2,
};

/**
 * Bytes by the published guide's rule of thumb, parameters x bytes per parameter: nominal, without scales, without the
 * parts that stay in 16 bit. A model of about a trillion parameters counts as one trillion, as in the guide.
 */
export function nominalWeightsBytes(
  parameters: number,
  format: WeightFormat,
): {readonly bytes: number; readonly expression: string} {
  const isTrillion = Math.abs(parameters - GUIDE_PARAMETERS) < 0.05 * GUIDE_PARAMETERS;
  const counted = isTrillion ? GUIDE_PARAMETERS : parameters;
  const bytesPerParameter = nominalBytesPerParameter[format];
  const words = isTrillion ? '10^12' : `${decimalText(parameters / 1e9, 1)} billion`;
  return {bytes: counted * bytesPerParameter, expression: `${words} parameters x ${bytesPerParameter} bytes`};
}

/** The classic mistake: bytes of the parameters used per token, instead of all parameters. */
export function activeOnlyBytes(activeParameters: number, format: WeightFormat): number {
  return activeParameters * nominalBytesPerParameter[format];
}

/** A row of the guide's node table: decimal GB, the vendor's GPU size, all GPUs as one pool. */
export type NominalRow = {
  readonly weightsGb: number;
  readonly nodeGb: number;
  /** Negative when the node cannot hold the weights. */
  readonly overGb: number;
};

/** The guide's arithmetic for a node: GPUs x vendor GB less weights. */
export function nominalRow(weightsBytes: number, nominalCardBytes: number, gpuCount: number): NominalRow {
  const weightsGb = weightsBytes / BYTES_PER_GB;
  const nodeGb = (nominalCardBytes * gpuCount) / BYTES_PER_GB;
  return {weightsGb, nodeGb, overGb: nodeGb - weightsGb};
}

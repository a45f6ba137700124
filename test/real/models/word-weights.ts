import {seededRandom} from '../../../src/simulator/node/seeded-random.ts';
import {nextToken, tokens} from './word-tokens.ts';

/** The shape of the tiny Llama: enough layers and heads that engines treat it as any other. */
export const shape = {hidden: 256, layers: 4, heads: 4, kvHeads: 2, feedForward: 512, context: 32_768} as const;

export type Tensor = {readonly rows: number; readonly columns: number; readonly values: Float32Array};

const head = shape.hidden / shape.heads;

/** Layers that change nothing, so that the next token follows from the last one alone: `nextToken`. */
export const layerTensors: Readonly<Record<string, Tensor>> = {
  attentionNorm: filled(1, shape.hidden, 1),
  feedForwardNorm: filled(1, shape.hidden, 1),
  query: filled(shape.hidden, shape.hidden, 0),
  key: filled(head * shape.kvHeads, shape.hidden, 0),
  value: filled(head * shape.kvHeads, shape.hidden, 0),
  attentionOutput: filled(shape.hidden, shape.hidden, 0),
  gate: filled(shape.feedForward, shape.hidden, 0),
  up: filled(shape.feedForward, shape.hidden, 0),
  down: filled(shape.hidden, shape.feedForward, 0),
};

/** The embedding of each token, and the output in which the row of a token is the embedding of the one before it. */
export function outerTensors(): {readonly embedding: Tensor; readonly norm: Tensor; readonly output: Tensor} {
  const random = seededRandom(20_260_612);
  const embedding = filled(tokens.length, shape.hidden, 0);
  for (const index of embedding.values.keys()) embedding.values[index] = random() < 0.5 ? -0.1 : 0.1;
  const output = filled(tokens.length, shape.hidden, 0);
  for (let token = 0; token < tokens.length; token += 1) {
    const row = nextToken(token) * shape.hidden;
    for (let column = 0; column < shape.hidden; column += 1) {
      const before = output.values[row + column] ?? 0;
      output.values[row + column] = before + (embedding.values[token * shape.hidden + column] ?? 0);
    }
  }
  return {embedding, norm: filled(1, shape.hidden, 1), output};
}

function filled(rows: number, columns: number, value: number): Tensor {
  return {rows, columns, values: new Float32Array(rows * columns).fill(value)};
}

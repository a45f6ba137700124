import {unknownLogContext} from '../../src/engines/engine.ts';
import {engines} from '../../src/engines/registry.ts';
import {openHistory} from '../../src/history/open-history.ts';
import {createKnownSecrets} from '../../src/sources/log/known-secrets.ts';
import {maskNamedValues} from '../../src/sources/log/mask-named-values.ts';
import {maskPrompts} from '../../src/sources/log/mask-prompts.ts';
import {maskSecrets} from '../../src/sources/log/mask-secrets.ts';
import {createRedaction} from '../../src/sources/log/redaction.ts';
import {maskRandomText, maskSecretShapes} from '../../src/sources/log/secret-shapes.ts';
import {benchFiles} from './growth-files.ts';
import {growingReaders} from './growth-readers.ts';
import {grows} from './growth-time.ts';

const LINE_CHARACTERS = 500_000;
const SAMPLES = 5_000;

/** Pieces of lines that engines print, similar enough to a rule to be examined. */
const pieces = [
  'Capturing ',
  'Completed | 1/2 ',
  'Capture cuda graph ',
  'error: Subprocess ',
  'a: 5% ',
  '[',
  ' ',
  '9',
  'load_tensors: ',
  ' model buffer size = ',
  'CUDA0 1 MiB',
  'torch.OutOfMemoryError: CUDA out of memory. ',
  'GPU KV cache size: ',
  'Loading safetensors checkpoint shards: ',
  'Loading shards:   ',
  'non-default args: ',
  'Time spent downloading weights for : ',
  'Using cache directory: ',
  'Capturing CUDA graphs | ',
  'init engine (',
  '█ ',
];

/** Every function that masks text which a stranger may have sent. */
const maskings: readonly (readonly [string, (text: string) => string])[] = [
  ['engine secrets', maskSecrets],
  ['named values', maskNamedValues],
  ['shapes', maskSecretShapes],
  ['random text', maskRandomText],
  ['prompts', maskPrompts],
  ['known values', createKnownSecrets(['planted-value', 'aaaaaaaaaaaa', '://://://']).lineMask()],
  ['the report', createRedaction({environments: [{A_TOKEN: 'planted-value'}]}).text],
];

/** Pieces that begin or end what is masked. */
const hostilePieces = [
  '://',
  'x://a@b ',
  '@',
  '=',
  ':',
  "'",
  '"',
  '\\',
  '\\"',
  '%2B',
  '\\u002b',
  'Bearer ',
  'hf_',
  'sk-',
  'sk-a',
  'eyJ',
  'eyJ.',
  'api_key=',
  "api_key='x",
  'api_key:',
  'a_key:b.c.d:',
  'a_key: x ',
  '?key=',
  'authorization: ',
  "['--api-key', '",
  'HF_TOKEN=',
  "['a', ",
  'prompt: ',
  "text='",
  'messages=[',
  'token_ids=[',
  'aB3',
  'aB3-',
  '-',
  '_',
  '.',
  '. ',
  '\n',
  'aaaaaaaaaaa',
  'planted-valu',
];
const hostileStarts = [
  'api_key=',
  'api_key=[',
  "api_key=['x'",
  '--api-key ',
  "'--api-key',",
  'Bearer ',
  'a_key: ',
  'text:',
];

/** Prints how the time grows when the input doubles; true if it grows no faster than the input. */
export async function benchGrowth(): Promise<boolean> {
  const lines = engines.flatMap((engine) =>
    pieces.map((piece) =>
      grows(`${engine.displayName}: a line of ${JSON.stringify(piece)}`, (size) => {
        const line = piece.repeat(Math.ceil((size * LINE_CHARACTERS) / piece.length));
        return () => {
          engine.interpretLogLine(line, unknownLogContext);
          engine.readLogTimeMs(line);
          engine.recognizesLogLine(line);
        };
      }),
    ),
  );
  const masked = maskings.flatMap(([name, mask]) => [
    ...hostilePieces.map((piece) =>
      grows(`${name}: a line of ${JSON.stringify(piece)}`, (size) => {
        const line = piece.repeat(Math.ceil((size * LINE_CHARACTERS) / piece.length));
        return () => {
          mask(line);
        };
      }),
    ),
    ...hostileStarts.map((start) =>
      grows(`${name}: ${JSON.stringify(start)} and spaces`, (size) => {
        const line = `${start}${' '.repeat(size * LINE_CHARACTERS)}x`;
        return () => {
          mask(line);
        };
      }),
    ),
  ]);
  const read = growingReaders.flatMap(({name, pieces: ofReader, read: readText}) =>
    ofReader.map((piece) =>
      grows(`${name}: a text of ${JSON.stringify(piece)}`, (size) => {
        const text = piece.repeat(Math.ceil((size * LINE_CHARACTERS) / piece.length));
        return () => readText(text);
      }),
    ),
  );
  const written = grows('history: samples of eight series', samplesIn);
  const files = await benchFiles();
  return [...lines, ...masked, ...read, written, files].every((isEven) => isEven);
}

/** A task that records this many samples in an empty history. */
function samplesIn(size: number): () => void {
  return () => {
    const opened = openHistory({path: ':memory:'});
    if (!opened.ok) throw new Error(opened.error.message);
    const sample = {
      promptTokensPerSecond: 1,
      generationTokensPerSecond: 2,
      runningRequests: 3,
      waitingRequests: 4,
      kvUsageRatio: 0.5,
      timeToFirstTokenP50Ms: 6,
      gpuMemoryUsedBytes: 7,
      apiUsdPerHour: 8,
    };
    for (let second = 0; second < size * SAMPLES; second += 1) opened.value.recordSample(second * 1_000, sample);
    opened.value.close();
  };
}

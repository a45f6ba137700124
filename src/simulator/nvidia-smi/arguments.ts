import {err, ok, type Result} from '../../shared/result.ts';

/** How columns are printed. */
type CsvFormat = {readonly withHeader: boolean; readonly withUnits: boolean};

/** What the command line asks for. `loopMs` null means once. */
export type SmiRequest = {
  readonly report: SmiReport;
  readonly loopMs: number | null;
  /** Indexes, UUIDs or PCI addresses; empty means all cards. */
  readonly gpuIds: readonly string[];
};
type SmiReport =
  | {
      readonly type: 'query-gpu' | 'query-compute-apps' | 'query-remapped-rows';
      readonly fields: readonly string[];
      readonly format: CsvFormat;
    }
  | {
      readonly type:
        | 'help-query-gpu'
        | 'help-query-compute-apps'
        | 'xml'
        | 'list'
        | 'table'
        | 'version'
        | 'help'
        | 'nvlink-status';
    };

type Words = {readonly flags: ReadonlyMap<string, string>};

const SINGLE_QUERY = 'Only one --query-* switch can be used at a time.';
const INVALID = "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.";

/** Switches with a value, and their long names. */
const valued: Readonly<Record<string, string>> = {
  '--query-gpu': 'query-gpu',
  '--query-compute-apps': 'query-compute-apps',
  '--query-remapped-rows': 'query-remapped-rows',
  '--format': 'format',
  '-i': 'id',
  '--id': 'id',
  '-lms': 'loop-ms',
  '--loop-ms': 'loop-ms',
  '-f': 'filename',
};
const optionalValue: Readonly<Record<string, string>> = {'-l': 'loop', '--loop': 'loop'};
const plain: Readonly<Record<string, string>> = {
  '-q': 'query',
  '--query': 'query',
  '-x': 'xml',
  '--xml-format': 'xml',
  '-L': 'list',
  '--list-gpus': 'list',
  '--help-query-gpu': 'help-query-gpu',
  '--help-query-compute-apps': 'help-query-compute-apps',
  '--version': 'version',
  '-h': 'help',
  '--help': 'help',
};

/** Reads the command line; the error is what the real program prints before it exits with status 2. */
export function parseSmiArguments(argv: readonly string[]): Result<SmiRequest, string> {
  const [command, ...options] = argv;
  if (command === 'nvlink') return readNvlinkCommand(options);
  const read = readFlags(argv);
  if (!read.ok) return read;
  const {flags} = read.value;
  const report = chooseReport(flags);
  if (!report.ok) return report;
  const loopMs = readLoop(flags);
  if (!loopMs.ok) return loopMs;
  const gpuIds = (flags.get('id') ?? '').split(',').filter((id) => id !== '');
  return ok({report: report.value, loopMs: loopMs.value, gpuIds});
}

/** The command `nvlink` has options of its own. */
function readNvlinkCommand(options: readonly string[]): Result<SmiRequest, string> {
  const [option, ...others] = options;
  const isStatus = (option === '--status' || option === '-s') && others.length === 0;
  return isStatus ? ok({report: {type: 'nvlink-status'}, loopMs: null, gpuIds: []}) : err(INVALID);
}

function readFlags(argv: readonly string[]): Result<Words, string> {
  const flags = new Map<string, string>();
  for (let at = 0; at < argv.length; ) {
    const taken = takeFlag(argv, at);
    if (!taken.ok) return taken;
    const {name, value, length} = taken.value;
    const isSecondQuery = name.startsWith('query-') && [...flags.keys()].some((key) => key.startsWith('query-'));
    if (isSecondQuery) return err(SINGLE_QUERY);
    flags.set(name, value);
    at += length;
  }
  return ok({flags});
}

type TakenFlag = {readonly name: string; readonly value: string; readonly length: 1 | 2};

/** The switch at this position with its value, inline or the next argument. */
function takeFlag(argv: readonly string[], at: number): Result<TakenFlag, string> {
  const word = argv[at] ?? '';
  const next = argv[at + 1];
  const equals = word.startsWith('-') ? word.indexOf('=') : -1;
  const written = equals < 0 ? word : word.slice(0, equals);
  const inline = equals < 0 ? null : word.slice(equals + 1);
  const plainName = plain[written];
  if (plainName !== undefined) return ok({name: plainName, value: '', length: 1});
  const loopName = optionalValue[written];
  if (loopName !== undefined) {
    if (inline !== null) return ok({name: loopName, value: inline, length: 1});
    return next !== undefined && /^\d+$/.test(next)
      ? ok({name: loopName, value: next, length: 2})
      : ok({name: loopName, value: '5', length: 1});
  }
  const name = valued[written];
  if (name === undefined) return err(`Invalid argument: ${word}\n${INVALID}`);
  if (inline !== null) return ok({name, value: inline, length: 1});
  if (next === undefined) return err(`Option ${written} is not recognized. Please run 'nvidia-smi -h'.`);
  return ok({name, value: next, length: 2});
}

function chooseReport(flags: ReadonlyMap<string, string>): Result<SmiReport, string> {
  for (const type of ['help', 'version', 'help-query-gpu', 'help-query-compute-apps', 'list'] as const) {
    if (flags.has(type)) return ok({type});
  }
  for (const type of ['query-gpu', 'query-compute-apps', 'query-remapped-rows'] as const) {
    const list = flags.get(type);
    if (list === undefined) continue;
    const format = readFormat(flags.get('format'));
    // A space belongs to the name, and an empty item is skipped, as in the real program.
    return format.ok ? ok({type, fields: list.split(',').filter((name) => name !== ''), format: format.value}) : format;
  }
  if (flags.has('query') && flags.has('xml')) return ok({type: 'xml'});
  if (flags.has('xml') || flags.has('query')) return err(INVALID);
  return ok({type: 'table'});
}

function readFormat(text: string | undefined): Result<CsvFormat, string> {
  const parts = text?.split(',') ?? [];
  if (!parts.includes('csv')) return err('Missing or invalid --format option. It must contain csv.');
  const unknown = parts.find((part) => !['csv', 'noheader', 'nounits'].includes(part));
  if (unknown !== undefined) return err(`"${unknown}" is not a valid format option.`);
  return ok({withHeader: !parts.includes('noheader'), withUnits: !parts.includes('nounits')});
}

function readLoop(flags: ReadonlyMap<string, string>): Result<number | null, string> {
  const [text, scale] = flags.has('loop-ms') ? [flags.get('loop-ms'), 1] : [flags.get('loop'), 1000];
  if (text === undefined) return ok(null);
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) return err(`Invalid loop interval: ${text}`);
  return ok(value * scale);
}

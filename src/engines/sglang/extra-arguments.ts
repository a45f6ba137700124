import {type ExtraOption, readExtraOptions} from '../launch/extra-options.ts';

/** An option that Gantry uses: its name here, and every way to write it. */
type KnownOption = {
  readonly name: string;
  /** Spellings, each with its shortest unambiguous prefix for SGLang's parser (argparse). */
  readonly spellings: readonly {readonly full: string; readonly shortest: string}[];
};

/** SGLang's options with their aliases (`srt/arg_groups/fields/*.py`, and `srt/server_args.py` before that). */
const knownOptions: readonly KnownOption[] = [
  known('--model-path', ['--model-path', '--model-p'], ['--model', '--model']),
  known('--tp-size', ['--tp-size', '--tp'], ['--tensor-parallel-size', '--te']),
  known('--pp-size', ['--pp-size', '--pp-s'], ['--pipeline-parallel-size', '--pi'], ['--pp', '--pp']),
  known('--dp-size', ['--dp-size', '--dp'], ['--data-parallel-size', '--dat']),
  known('--dcp-size', ['--dcp-size', '--dcp-s'], ['--decode-context-parallel-size', '--decode-co']),
  known('--ep-size', ['--ep-size', '--ep-s'], ['--expert-parallel-size', '--exp'], ['--ep', '--ep']),
  known('--context-length', ['--context-length', '--cont']),
  known('--mem-fraction-static', ['--mem-fraction-static', '--mem']),
  known('--kv-cache-dtype', ['--kv-cache-dtype', '--kv-cac']),
  known('--max-running-requests', ['--max-running-requests', '--max-ru']),
  known('--served-model-name', ['--served-model-name', '--serv']),
  known('--host', ['--host', '--ho']),
  known('--port', ['--port', '--po']),
  known('--trust-remote-code', ['--trust-remote-code', '--trust-rem']),
  known('--tool-call-parser', ['--tool-call-parser', '--tool-c']),
  known('--reasoning-parser', ['--reasoning-parser', '--reas']),
  known('--uvicorn-access-log-exclude-prefixes', ['--uvicorn-access-log-exclude-prefixes', '--uv']),
  known('--attention-backend', ['--attention-backend', '--attention-b']),
  known('--config', ['--config', '--config']),
  known('--api-key', ['--api-key', '--api']),
  known('--admin-api-key', ['--admin-api-key', '--adm']),
  known('--hf-token', ['--hf-token', '--hf-t']),
  known('--ssl-keyfile-password', ['--ssl-keyfile-password', '--ssl-keyfile-']),
  known('--ssl-keyfile', ['--ssl-keyfile', '--ssl-k']),
  known('--ssl-certfile', ['--ssl-certfile', '--ssl-ce']),
  known('--smg-grpc-mode', ['--smg-grpc-mode', '--smg-grpc-m'], ['--grpc-mode', '--grpc-m']),
  known('--encoder-only', ['--encoder-only', '--encoder-o']),
];

function known(name: string, ...spellings: readonly (readonly [full: string, shortest: string])[]): KnownOption {
  return {name, spellings: spellings.map(([full, shortest]) => ({full, shortest}))};
}

/** The options in the extra arguments for SGLang, with aliases and abbreviations resolved to one name. */
export function readSglangOptions(argv: readonly string[]): readonly ExtraOption[] {
  return readExtraOptions(argv, {}).map((option) => ({...option, name: fullName(option.name)}));
}

function fullName(name: string): string {
  const isWritten = ({full}: KnownOption['spellings'][number]): boolean => full === name;
  const isBegun = ({full, shortest}: KnownOption['spellings'][number]): boolean =>
    name.startsWith(shortest) && full.startsWith(name);
  const exact = knownOptions.find(({spellings}) => spellings.some(isWritten));
  return (exact ?? knownOptions.find(({spellings}) => spellings.some(isBegun)))?.name ?? name;
}

import {commandSchema} from '../../src/api/commands.ts';
import {previewRequestSchema} from '../../src/api/preview.ts';
import {parseConfigurationText} from '../../src/config/configuration-file.ts';
import {readModelConfig} from '../../src/domain/memory/model/config-json/model-config.ts';
import {parseLayout} from '../../src/layout/parse-layout.ts';
import {parseKernelLog} from '../../src/sources/host/kernel-log.ts';
import {ExpositionReader} from '../../src/sources/metrics/exposition-reader.ts';
import {parseProcesses} from '../../src/sources/nvidia-smi/parse/parse-csv.ts';
import {parseOutput} from '../../src/sources/nvidia-smi/parse/parse-output.ts';
import {wantedFields} from '../../src/sources/nvidia-smi/parse/query-fields.ts';
import {createFrameAssembler} from '../../src/sources/nvidia-smi/stream/frame-assembler.ts';
import {wrapText} from '../../src/views/drawing/wrap-text.ts';
import {unicodeGlyphs} from '../../src/views/glyphs.ts';
import {logLineRows} from '../../src/views/logs/log-line-rows.ts';

/** A reader of outside text, and pieces that its input is made of by repetition. */
type GrowingReader = {readonly name: string; readonly pieces: readonly string[]; readonly read: (text: string) => void};

const WRAPPED_COLUMNS = 80;

const jsonPieces = ['[', '{"a":', '"a",', '\\u0041', '{"type":"start"},', '1,', '"\\"', ' '];
const readJson = (use: (value: unknown) => void) => (text: string) => {
  for (const whole of [text, `[${text}0]`, `{"model_type": "${text.replaceAll(/["\\]/g, '')}"}`]) {
    let value: unknown;
    try {
      value = JSON.parse(whole);
    } catch {
      continue;
    }
    use(value);
  }
};

/** Every reader besides those of an engine's log. */
export const growingReaders: readonly GrowingReader[] = [
  {
    name: 'metrics',
    pieces: [
      'vllm:generation_tokens_total{engine="0"} 1\n',
      'vllm:x_bucket{le="0.1"} 1\n',
      'a{b="',
      '{a="\\"',
      '# HELP x ',
      'a',
      ' ',
      '\\',
      '1e',
      ',a="b"',
    ],
    read: (text) => {
      const reader = new ExpositionReader(() => true);
      for (let at = 0; at < text.length; at += 65_536) if (reader.push(text.slice(at, at + 65_536)) !== null) return;
      reader.end();
      reader.result();
    },
  },
  {
    name: 'nvidia-smi',
    pieces: [
      '0, NVIDIA H200, GPU-1, 143771 MiB, 1 MiB\n',
      'GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-aaaa)\n',
      '<gpu id="0">',
      '<a>',
      '<!--',
      '&amp;',
      '|   0  NVIDIA H200        On  | 00000000:19:00.0 Off |\n',
      'index, ',
      ', ',
      ' ',
      'Unable to determine the device handle for GPU ',
    ],
    read: (text) => {
      parseOutput(text, text);
      parseProcesses(text);
      const assembler = createFrameAssembler([...wantedFields], null);
      for (const line of text.split('\n')) assembler.push(line, {sampledAtMs: 1, monotonicMs: 1});
    },
  },
  {
    name: 'kernel log',
    pieces: [
      'kern  :crit  : [12345.678901] NVRM: Xid (PCI:0000:19:00): 79, pid=42\n',
      '6,1234,5678901234,-;Out of memory: Killed process 42 (python)\n',
      'NVRM: Xid (PCI:',
      'Out of memory: Killed process ',
      '[1',
      ' ',
      '(',
    ],
    read: (text) => void parseKernelLog(text, 100),
  },
  {
    name: 'configuration',
    pieces: [
      'a: 1\n',
      '- a\n',
      '[',
      '{a: ',
      '&a [*a], ',
      '"\\',
      "'",
      '# ',
      ' ',
      ': ',
      'engine:\n  name: vllm\n',
      '|\n ',
    ],
    read: (text) => void parseConfigurationText(text, 'gantry.yaml'),
  },
  {name: 'layouts', pieces: jsonPieces, read: (text) => void parseLayout(text, 'layout.json')},
  {name: 'config.json', pieces: jsonPieces, read: (text) => void readModelConfig(text, 'config.json')},
  {
    name: 'API bodies',
    pieces: jsonPieces,
    read: readJson((value) => {
      commandSchema.safeParse(value);
      previewRequestSchema.safeParse(value);
    }),
  },
  {
    name: 'wrapped text',
    pieces: ['a', 'a/', '字', '字-', 'e\u0301', 'gantry up ', ' '],
    read: (text) => {
      wrapText(text, 'normal', WRAPPED_COLUMNS, 10, unicodeGlyphs);
      logLineRows(text, '', {columns: WRAPPED_COLUMNS, isWrapped: true, left: 0, ellipsis: ''});
    },
  },
];

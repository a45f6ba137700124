import {expect, test} from 'vitest';
import {foreignText} from '../../../src/sources/pasted-text/foreign-text.ts';
import {readLines} from './read-lines.ts';

test.each([
  ['a list of containers', ['CONTAINER ID   IMAGE          COMMAND', '0a1b2c3d4e5f   engine:1       "serve"']],
  [
    'the status of a unit',
    ['\u25cf engine.service - An engine', '     Loaded: loaded', '     Active: active (running) since Wed'],
  ],
  [
    'the use of host memory',
    ['               total        used        free', 'Mem:            2015         400        1600'],
  ],
  ['the use of disks', ['Filesystem      Size  Used Avail Use% Mounted on', '/dev/nvme0n1p1  1.8T  1.7T  100G  95% /']],
  ['a list of PCI devices', ['18:00.0 3D controller: NVIDIA Corporation GH100 [H100 SXM5 80GB] (rev a1)']],
  ['a list of sockets', ['State   Recv-Q  Send-Q  Local Address:Port', 'LISTEN  0       2048    0.0.0.0:8000']],
  ['a list of Python packages', ['torch==2.8.0', 'triton==3.4.0', 'numpy==2.2.6']],
  ['the configuration of a model', ['{', '  "architectures": ["SomeForCausalLM"],', '  "num_hidden_layers": 61', '}']],
  ['a YAML file', ['services:', '  engine:', '    image: engine:1']],
  ['JSON', ['{', '  "a": 1', '}']],
])('%s is recognized, with what would help instead', (name, lines) => {
  expect(readLines(lines)).toBeNull();
  const found = foreignText(lines);
  expect(found?.name).toBe(name);
  expect(found?.help).toMatch(/\.$|gantry diagnose$/);
});

test('brackets at the start of a line are no JSON', () => {
  expect(foreignText(['[Feb 25 2026 13:59:45] something', '[37543] something'])).toBeNull();
  expect(foreignText(['words of a kind that nobody knows'])).toBeNull();
  expect(foreignText(['', ' '])).toEqual({name: 'empty', help: null});
});

test('a candidate that the autotuner rejected is no failure, as the cause of a failed compilation it is one', () => {
  const line =
    'No valid triton configs. OutOfMemoryError: out of resource: triton_mm Required: 131072 Hardware limit:101376';
  expect(foreignText([line])?.help).toContain('harmless');
  expect(readLines([line])).toBeNull();
  expect(readLines([`torch._inductor.exc.InductorError: ${line}`])?.exit).toBe('failed');
});

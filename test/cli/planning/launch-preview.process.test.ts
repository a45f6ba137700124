import {createServer} from 'node:net';
import {describe, expect, test} from 'vitest';
import {z} from 'zod';
import {type PreviewWorld, previewLaunch} from '../../../src/cli/planning/launch-preview.ts';
import {rowsText} from '../../../src/cli/print-rows.ts';
import {configurationSchema, toLaunchSettings} from '../../../src/config/configuration.ts';
import {findingSchema} from '../../../src/domain/diagnosis/finding.ts';
import {applySettingsChange, type LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {absent} from '../../../src/samples/reading.ts';
import {err, ok} from '../../../src/shared/result.ts';
import type {FoundEngine} from '../../../src/sources/engine-installation/found-engine.ts';
import type {Installation} from '../../../src/supervisor/launch/installed-engines.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {launchRows} from '../../../src/views/text/launch-text.ts';
import {h200Cards} from '../../supervisor/launch/gpu-samples.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const key = 'sk-preview-77aa';
const installed: FoundEngine = {
  kind: 'program',
  path: '/opt/venv/bin/vllm',
  foundBy: 'PATH',
  version: '0.28.0',
  versionSource: '/opt/venv/lib/python3.12/site-packages/vllm-0.28.0.dist-info',
};
const container: FoundEngine = {
  kind: 'container',
  client: 'podman',
  clientPath: '/usr/bin/podman',
  image: 'docker.io/vllm/vllm-openai:v0.28.0',
  entrypoint: 'vllm',
  extraArguments: [],
  foundBy: 'podman image ls',
  version: '0.28.0',
  versionSource: 'the tag of docker.io/vllm/vllm-openai:v0.28.0',
};
const missing: Installation = err({
  code: 'engine.not-found',
  message: 'There is no program "vllm" on PATH.',
  remedy: 'Install vllm.',
  places: ['PATH: /usr/bin'],
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const configured = toLaunchSettings(configurationSchema.parse({}));

function worldOf(found: Installation, change: Partial<PreviewWorld> = {}): PreviewWorld {
  const inventory = {
    stamp: {sampledAtMs: 0, monotonicMs: 0},
    driverVersion: absent('a test'),
    cudaVersion: absent('a test'),
    gpus: h200Cards(8),
    processes: [],
  };
  return {
    findInstallation: () => Promise.resolve(found),
    lookUpModel: () => Promise.resolve(ok(null)),
    outcomes: [],
    readCards: () => Promise.resolve({inventory, findings: [], stuck: null}),
    snapshot: null,
    variables: {PATH: '/usr/bin', VLLM_API_KEY: key},
    directories: {stateDir: '/state', dataDir: '/data'},
    homeDirectory: '/home/op',
    nowMs: Date.UTC(2026, 10, 23, 17, 5, 12),
    ...change,
  };
}

/** What `gantry up --dry-run --json` prints, as its readers may rely on it. */
const documentSchema = z.object({
  schemaVersion: z.literal(1),
  dryRun: z.literal(true),
  isRefused: z.boolean(),
  blockers: z.array(findingSchema),
  engine: z.string(),
  version: z.string().nullable(),
  executable: z.string(),
  words: z.array(z.string()),
  arguments: z.array(z.object({words: z.array(z.string()), why: z.string()})),
  environment: z.array(z.object({name: z.string(), value: z.string(), why: z.string(), isSecret: z.boolean()})),
  files: z.array(z.object({path: z.string(), contents: z.string(), why: z.string()})),
  command: z.string(),
  verdict: z.enum(['fits', 'tight', 'does-not-fit']).nullable(),
});

async function preview(
  found: Installation,
  {
    change = {},
    force = false,
    world = {},
  }: {change?: Partial<LaunchSettings>; force?: boolean; world?: Partial<PreviewWorld>} = {},
) {
  const settings = applySettingsChange(configured, {port: await freePort(), ...change});
  const result = await previewLaunch(settings, force, worldOf(found, world));
  if (!result.ok) throw new Error(result.error.message);
  const rows = launchRows(result.value.text, {columns: 80, glyphs: unicodeGlyphs});
  const text = rowsText(rows, {hasColors: false}, {});
  const json = documentSchema.parse(JSON.parse(JSON.stringify(result.value.document)));
  return {text, json, isRefused: result.value.isRefused, settings};
}

describe('a dry run', () => {
  test('shows the command to paste, and why each part of it is there, in 80 columns', async () => {
    const {text, json, settings} = await preview(ok(installed));
    expect(json).toMatchObject({isRefused: false, blockers: [], version: '0.28.0', verdict: 'fits'});
    expect(json.executable).toBe('/opt/venv/bin/vllm');
    expect(json.words.join(' ')).toBe(json.arguments.flatMap(({words}) => words).join(' '));
    expect(text).toContain(`  /opt/venv/bin/vllm serve moonshotai/Kimi-K2.7-Code \\\n  --tensor-parallel-size 8 \\\n`);
    expect(text).toContain(`--port ${settings.port}`);
    expect(text).toMatch(/--tool-call-parser kimi_k2 +without the parser, tool calls come as/);
    for (const {why} of [...json.arguments, ...json.environment]) expect(text.replaceAll(/\s+/g, ' ')).toContain(why);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test('shows no key anywhere, and leaves it to the environment that it is in', async () => {
    const {text, json} = await preview(ok(installed));
    expect(text + JSON.stringify(json)).not.toContain(key);
    expect(text).toContain('VLLM_API_KEY=****');
    expect(json.environment).toContainEqual(expect.objectContaining({name: 'VLLM_API_KEY', value: '****'}));
    expect(json.command).not.toContain('VLLM_API_KEY');
  });

  test('of a container shows its client, the directory that it needs, and the key by name', async () => {
    const {text, json} = await preview(ok(container));
    expect(json.executable).toBe('/usr/bin/podman');
    expect(json.command).toMatch(
      /^mkdir -p -m 700 \/state\/runs\/20261123-170512-[0-9a-f]{4}\n\/usr\/bin\/podman run --rm \\\n/,
    );
    expect(json.words).toContain('--env=VLLM_API_KEY');
    expect(json.words.join(' ')).toContain('docker.io/vllm/vllm-openai:v0.28.0 serve');
    expect(text + JSON.stringify(json)).not.toContain(key);
  });

  test('of an engine that reads its key from a file shows the file, and the key nowhere', async () => {
    const variables = {PATH: '/usr/bin', SGLANG_API_KEY: key};
    const {text, json} = await preview(missing, {change: {engine: 'sglang'}, world: {variables}});
    expect(json.files).toHaveLength(1);
    expect(json.files[0]?.contents).toContain('****');
    expect(text).toContain(json.files[0]?.path);
    expect(text + JSON.stringify(json)).not.toContain(key);
  });

  test.each([[['--api-key', key]], [[`--api-key=${key}`]]])(
    'refuses a key among the extra arguments, and does not show it',
    async (words) => {
      const {text, json} = await preview(ok(installed), {change: {extraArguments: words}});
      expect(json.blockers[0]).toMatchObject({code: 'vllm.secret-argument'});
      expect(text + JSON.stringify(json.words) + json.command).not.toContain(key);
      expect(json.words.join(' ')).toMatch(/--api-key[ =]\*\*\*\*$/);
    },
  );

  test('where the engine is not installed says so, and shows the command all the same', async () => {
    const {text, json, isRefused} = await preview(missing, {force: true});
    expect(isRefused).toBe(true);
    expect(json.blockers.map(({code}) => code)).toEqual(['engine.not-found']);
    expect(json).toMatchObject({version: null, executable: 'vllm'});
    expect(text).toContain('There is no program "vllm" on PATH.');
    expect(text).toContain('  vllm serve moonshotai/Kimi-K2.7-Code \\');
  });

  test('of what cannot fit is refused with the reason of the plan, and shown all the same when forced', async () => {
    const change = {tensorParallelSize: 2};
    const unforced = await preview(ok(installed), {change});
    expect(unforced.json.blockers.map(({code}) => code)).toEqual(['preflight.does-not-fit']);
    expect(unforced.json.verdict).toBe('does-not-fit');
    expect((await preview(ok(installed), {change, force: true})).isRefused).toBe(false);
  });

  test('of an engine too old for the model is refused', async () => {
    const {json} = await preview(ok({...installed, version: '0.11.0'}));
    expect(json.blockers.map(({code}) => code)).toEqual(['vllm.too-old']);
  });

  test('beside the simulated node is refused as a start would be', async () => {
    const snapshot = buildSnapshot({simulated: true});
    const {json} = await preview(ok(installed), {world: {snapshot}});
    expect(json.blockers.map(({code}) => code)).toEqual(['demo.running']);
  });

  test('beside an engine that runs tells whether a start would touch it', async () => {
    const snapshot = buildSnapshot();
    const running = snapshot.engine.settings;
    if (running === null) throw new Error('the test node runs an engine');
    const same = await preview(ok(installed), {change: running, world: {snapshot}});
    expect(same.isRefused).toBe(false);
    expect(same.text).toContain('up would leave it alone');
    const other = await preview(ok(installed), {change: {...running, contextLengthTokens: 4096}, world: {snapshot}});
    expect(other.json.blockers.map(({code}) => code)).toContain('lifecycle.other-settings');
  });
});

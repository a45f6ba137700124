import {describe, expect, test} from 'vitest';
import {type Preview, previewSchema} from '../../../src/api/preview.ts';
import {launchTextOf, previewDocument} from '../../../src/cli/planning/preview-text.ts';
import {rowsText} from '../../../src/cli/print-rows.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {applySettingsChange, type LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {ok} from '../../../src/shared/result.ts';
import type {FoundEngine} from '../../../src/sources/engine-installation/found-engine.ts';
import type {Installation} from '../../../src/supervisor/launch/installed-engines.ts';
import type {JudgementWorld} from '../../../src/supervisor/launch/world/judgement-world.ts';
import {previewCommand} from '../../../src/supervisor/loop/judge-command.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {launchRows} from '../../../src/views/text/launch-text.ts';
import {configured, fakeWorld, installed, notInstalled} from '../../supervisor/launch/fake-world.ts';

const key = 'sk-preview-77aa';
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

async function preview(
  found: Installation,
  {
    change = {},
    force = false,
    world = {},
  }: {change?: Partial<LaunchSettings>; force?: boolean; world?: Partial<JudgementWorld>} = {},
) {
  const settings = applySettingsChange(configured, change);
  const result = await previewCommand(
    {type: 'start', settings, force},
    () => ({state: initialLifecycleState(), next: configured, ownPids: new Set(), nowMs: 0}),
    fakeWorld({
      variables: {PATH: '/usr/bin', VLLM_API_KEY: key},
      findInstallation: () => Promise.resolve(found),
      ...world,
    }),
  );
  if (!result.ok) throw new Error(result.error.message);
  const rows = launchRows(launchTextOf(result.value), {columns: 80, glyphs: unicodeGlyphs});
  // As its readers get it.
  const json: Preview = previewSchema.parse(JSON.parse(JSON.stringify(result.value)));
  const {launch} = json;
  if (launch === null) throw new Error('there is no launch');
  return {text: rowsText(rows, {theme: null}), json, launch, argv: launch.arguments.flatMap(({argv}) => argv)};
}

test('the document of a dry run starts with the result', async () => {
  const {json} = await preview(notInstalled);
  expect(previewDocument(json)).toMatchObject({dryRun: true, isRefused: true, verdict: 'fits', schemaVersion: 1});
});

describe('a dry run', () => {
  test('shows the command to paste, with the reason for each part, in 80 columns', async () => {
    const {text, json, launch} = await preview(ok(installed));
    expect(json).toMatchObject({blockers: [], plan: {verdict: 'fits'}, settings: configured});
    expect(launch).toMatchObject({version: '0.28.0', executable: '/opt/venv/bin/vllm', isInstalled: true});
    expect(text).toContain(`  /opt/venv/bin/vllm serve moonshotai/Kimi-K2.7-Code \\\n  --tensor-parallel-size 8 \\\n`);
    expect(text).toContain(`--port ${configured.port}`);
    expect(text).toMatch(/--tool-call-parser kimi_k2 +without the parser, tool calls are/);
    for (const {why} of [...launch.arguments, ...launch.environment])
      expect(text.replaceAll(/\s+/g, ' ')).toContain(why);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test('shows no key, only the name of its environment variable', async () => {
    const {text, json, launch} = await preview(ok(installed));
    expect(text + JSON.stringify(json)).not.toContain(key);
    expect(text).toContain('VLLM_API_KEY=****');
    expect(launch.environment).toContainEqual(expect.objectContaining({name: 'VLLM_API_KEY', value: '****'}));
    expect(launch.command.join('\n')).not.toContain('VLLM_API_KEY');
  });

  test('of a container shows its client, the directory that it needs, and only the name of the key', async () => {
    const {text, json, launch, argv} = await preview(ok(container));
    expect(launch.executable).toBe('/usr/bin/podman');
    expect(launch.command.join('\n')).toMatch(
      /^mkdir -p -m 700 \/state\/runs\/20261123-170512-[0-9a-f]{4}\n\/usr\/bin\/podman run --rm \\\n/,
    );
    expect(argv).toContain('--env=VLLM_API_KEY');
    expect(argv.join(' ')).toContain('docker.io/vllm/vllm-openai:v0.28.0 serve');
    expect(text + JSON.stringify(json)).not.toContain(key);
  });

  test('of an engine that reads its key from a file shows the file, not the key', async () => {
    const variables = {PATH: '/usr/bin', SGLANG_API_KEY: key};
    const {text, json, launch} = await preview(notInstalled, {change: {engine: 'sglang'}, world: {variables}});
    expect(launch.files).toHaveLength(1);
    expect(launch.files[0]?.contents).toContain('****');
    expect(text).toContain(launch.files[0]?.path);
    expect(text + JSON.stringify(json)).not.toContain(key);
  });

  test.each([[['--api-key', key]], [[`--api-key=${key}`]]])(
    'refuses a key in the extra arguments, and does not show it',
    async (words) => {
      const {text, json, argv} = await preview(ok(installed), {change: {extraArguments: words}});
      expect(json.blockers[0]).toMatchObject({code: 'vllm.secret-argument'});
      expect(text + JSON.stringify(json.launch)).not.toContain(key);
      expect(argv.join(' ')).toMatch(/--api-key[ =]\*\*\*\*$/);
    },
  );

  test('of an engine that is not installed says so, and still shows the command', async () => {
    const {text, json, launch} = await preview(notInstalled, {force: true});
    expect(json.blockers.map(({code}) => code)).toEqual(['engine.not-found']);
    expect(launch).toMatchObject({version: null, executable: 'vllm', isInstalled: false});
    expect(text).toContain('The program "vllm" on PATH.');
    expect(text).toContain('  vllm serve moonshotai/Kimi-K2.7-Code \\');
  });

  test('of settings that do not fit is refused with the reason of the plan; --force shows the command', async () => {
    const change = {tensorParallelSize: 2};
    const unforced = await preview(ok(installed), {change});
    expect(unforced.json.blockers.map(({code}) => code)).toEqual(['preflight.does-not-fit']);
    expect(unforced.json.plan).toMatchObject({verdict: 'does-not-fit'});
    expect((await preview(ok(installed), {change, force: true})).json.blockers).toEqual([]);
  });

  test('of an engine too old for the model is refused', async () => {
    const {json} = await preview(ok({...installed, version: '0.11.0'}));
    expect(json.blockers.map(({code}) => code)).toEqual(['vllm.too-old']);
  });
});

import {symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {toHooks, toLaunchSettings} from '../../src/config/configuration.ts';
import {configurationKeys} from '../../src/config/configuration-keys.ts';
import {valueIn} from '../../src/config/configured-values.ts';
import {loadConfiguration} from '../../src/config/load-configuration.ts';
import {readOwnPrices} from '../../src/config/prices/own-prices.ts';
import {resolveModel} from '../../src/domain/memory/model/planned-model.ts';
import {launchSettingsSchema} from '../../src/domain/settings/launch-settings.ts';
import {engineNames} from '../../src/engines/engine-names.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

let configDir: string;
beforeEach(() => {
  configDir = temporaryDirectory('config');
});

async function load(options: {text?: string; env?: Record<string, string>; path?: string} = {}) {
  if (options.text !== undefined) await writeFile(path.join(configDir, 'gantry.yaml'), options.text);
  return loadConfiguration({
    ...(options.path === undefined ? {} : {path: options.path}),
    configDir,
    env: options.env ?? {},
  });
}

async function loadGood(options: Parameters<typeof load>[0] = {}) {
  const result = await load(options);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value.configuration;
}

async function loadBad(options: Parameters<typeof load>[0]) {
  const result = await load(options);
  if (result.ok) throw new Error('the configuration was accepted');
  return result.error;
}

describe('without a file', () => {
  test('the defaults start Kimi K2.7 Code on eight cards with a context of 256K, reachable from this machine only', async () => {
    const {engine} = await loadGood();
    expect(engine).toEqual({
      name: 'vllm',
      executable: null,
      container: null,
      model: 'moonshotai/Kimi-K2.7-Code',
      format: 'auto',
      servedModelName: 'kimi-k2.7-code',
      host: '127.0.0.1',
      port: 8000,
      tensorParallelSize: 8,
      pipelineParallelSize: 1,
      dataParallelSize: 1,
      decodeContextParallelSize: 1,
      expertParallel: false,
      visionMode: 'data',
      contextLengthTokens: 262_144,
      memoryFraction: 0.9,
      kvCacheDtype: 'auto',
      maxRunningRequests: null,
      extraArguments: [],
    });
  });

  test('the price of the node is unknown, not zero', async () => {
    expect((await loadGood()).cost).toMatchObject({nodeUsdPerHour: null, priceBook: ['moonshot', 'openrouter']});
  });

  test('the resulting settings can be planned and launched', async () => {
    const settings = toLaunchSettings(await loadGood());
    expect(launchSettingsSchema.parse(settings)).toEqual(settings);
    expect(resolveModel(settings.model, settings.format, null).ok).toBe(true);
  });
});

describe('the engine', () => {
  test('is one that Gantry supports; the error lists these', async () => {
    for (const name of engineNames) expect((await loadGood({text: `engine: {name: ${name}}`})).engine.name).toBe(name);
    const bad = await loadBad({text: 'engine: {name: tgi}'});
    expect(bad.message).toContain(`one of ${engineNames.join(', ')}`);
  });

  test('may be an image: in the file, or in one variable', async () => {
    const container = {client: null, image: 'vllm/vllm-openai:v0.28.0', arguments: []};
    const inFile = await loadGood({text: 'engine:\n  container:\n    image: vllm/vllm-openai:v0.28.0\n'});
    expect(inFile.engine.container).toEqual(container);
    const variable = '{client: podman, image: "vllm/vllm-openai:v0.28.0", arguments: [--shm-size=32g]}';
    const {engine} = await loadGood({env: {GANTRY_ENGINE_CONTAINER: variable}});
    expect(engine.container).toEqual({...container, client: 'podman', arguments: ['--shm-size=32g']});
    expect(toLaunchSettings(inFile)).not.toHaveProperty('container');
  });

  test.each([
    ['an image alone', 'engine: {container: vllm/vllm-openai:v0.28.0}', 'engine.container'],
    ['no image', 'engine: {container: {client: docker}}', 'engine.container.image'],
    ['another client', 'engine: {container: {client: nerdctl, image: a:b}}', 'docker, podman'],
    ['a misspelled key', 'engine: {container: {image: a:b, args: []}}', 'engine.container.args'],
  ])('is refused as a container with %s, with the place', async (_, text, words) => {
    const {message, remedy} = await loadBad({text});
    expect(`${message} ${remedy}`).toContain(words);
  });
});

describe('a relative path of a model', () => {
  test('is relative to the file that contains it, in a variable to the working directory', async () => {
    expect((await loadGood({text: 'engine: {model: ./models/kimi}'})).engine.model).toBe(`${configDir}/models/kimi`);
    const env = {GANTRY_ENGINE_MODEL: './models/kimi'};
    const {engine} = await loadGood({text: 'engine: {model: ./other}', env});
    expect(engine.model).toBe(path.resolve('models/kimi'));
    expect((await loadBad({text: 'engine: {model: ""}'})).message).toContain('engine.model');
  });
});

describe('precedence', () => {
  test('the environment overrides the file, value by value', async () => {
    const {engine} = await loadGood({
      text: 'engine:\n  port: 8001\n  contextLengthTokens: 65536\n  memoryFraction: 0.92\n',
      env: {GANTRY_ENGINE_PORT: '8002', GANTRY_ENGINE_CONTEXT_LENGTH_TOKENS: '131072'},
    });
    expect([engine.port, engine.contextLengthTokens, engine.memoryFraction]).toEqual([8002, 131_072, 0.92]);
  });

  test.each(['engine: vllm', 'engine: [a]', 'engine: 7', 'engine: false'])(
    'a variable does not hide that the file has no section: %s',
    async (text) => {
      const {message} = await loadBad({text, env: {GANTRY_ENGINE_PORT: '8002'}});
      expect(message).toMatch(/gantry\.yaml:1:9: engine is /);
    },
  );

  test('a number of tokens has the same format in the file and in the environment', async () => {
    const contextOf = async (text: string, variable = '') =>
      (await loadGood({text, env: {GANTRY_ENGINE_CONTEXT_LENGTH_TOKENS: variable}})).engine.contextLengthTokens;
    expect(await contextOf('engine: {contextLengthTokens: 128K}')).toBe(131_072);
    expect(await contextOf('engine: {contextLengthTokens: "131,072"}')).toBe(131_072);
    expect(await contextOf('engine: {contextLengthTokens: 65536}', '128k')).toBe(128_000);
    expect(await contextOf('engine: {contextLengthTokens: 65536}', '1M')).toBe(1_048_576);
  });

  test('an empty variable changes nothing', async () => {
    const {engine} = await loadGood({
      text: 'engine: {port: 8001}',
      env: {GANTRY_ENGINE_PORT: ''},
    });
    expect(engine.port).toBe(8001);
  });
});

describe('the file', () => {
  test('that is empty, or has an empty section, is valid', async () => {
    expect((await loadGood({text: ''})).engine.port).toBe(8000);
    expect((await loadGood({text: '# nothing yet\nengine:\n'})).engine.port).toBe(8000);
  });

  test('given by --config must exist', async () => {
    const missing = path.join(configDir, 'other.yaml');
    expect(await loadBad({path: missing})).toMatchObject({
      code: 'configuration.file-missing',
      message: `${missing} does not exist.`,
    });
  });

  test('and one of prices, that is a link to nothing is not treated as no file', async () => {
    const prices = path.join(configDir, 'prices.yaml');
    await symlink(path.join(configDir, 'unmounted'), prices);
    const {trouble} = await readOwnPrices(path.join(configDir, 'gantry.yaml'));
    expect(trouble?.message).toBe(`${prices} cannot be read (it is a link to a file that does not exist).`);
    await symlink(path.join(configDir, 'unmounted'), path.join(configDir, 'gantry.yaml'));
    expect((await loadBad({})).code).toBe('configuration.file-unreadable');
  });

  test('that cannot be read is reported with the reason', async () => {
    expect(await loadBad({path: configDir})).toMatchObject({
      code: 'configuration.file-unreadable',
      message: `${configDir} cannot be read (EISDIR).`,
    });
  });

  test('that is far too large is refused', async () => {
    expect((await loadBad({text: `# ${'x'.repeat(300_000)}`})).code).toBe('configuration.file-too-large');
  });

  test('with broken YAML is reported with line and column', async () => {
    const error = await loadBad({text: 'engine:\n  port: [8000\ncost:\n'});
    expect(error.code).toBe('configuration.yaml-syntax');
    expect(error.message).toMatch(/gantry\.yaml:[23]:\d+: /);
  });

  test('that is a list instead of sections is reported with what was expected', async () => {
    expect((await loadBad({text: '- engine\n'})).message).toContain('gantry.yaml:1:1: a list of sections');
  });

  test('with exponentially growing aliases is refused', async () => {
    const text = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    const error = await loadBad({text});
    expect(error.code).toBe('configuration.yaml-syntax');
    expect(error.message).toMatch(/gantry\.yaml:1:1: its aliases \(\*name\) expand to too many values\.$/);
  });

  test('may contain prices, with their date', async () => {
    const own = {
      name: 'Our contract',
      asOf: '2026-11-01',
      inputUsdPerMillionTokens: 0.8,
      cachedInputUsdPerMillionTokens: 0.1,
      outputUsdPerMillionTokens: 3,
    };
    const {cost} = await loadGood({text: `cost:\n  nodeUsdPerHour: 28.80\n  priceBook: ${JSON.stringify(own)}\n`});
    expect(cost).toMatchObject({nodeUsdPerHour: 28.8, priceBook: own});
  });
});

describe('errors', () => {
  test('a wrong value is reported with file, line, column, key, value and expectation', async () => {
    const error = await loadBad({text: 'engine:\n  model: x\n  port: eight\n'});
    expect(error).toEqual({
      code: 'configuration.invalid-value',
      message: `${configDir}/gantry.yaml:3:9: engine.port is "eight", but a number was expected.`,
      remedy: 'engine.port: The port the engine listens on, 1 to 65535.',
      place: {file: `${configDir}/gantry.yaml`, line: 3, column: 9},
    });
  });

  test.each([
    ['engine: {port: 70000}', 'engine.port is 70000, but a number of at most 65535 was expected'],
    ['engine: {memoryFraction: 90}', 'engine.memoryFraction is 90, but a number of at most 1 was expected'],
    ['engine: {memoryFraction: .nan}', 'engine.memoryFraction is NaN, but a number was expected'],
    ['engine: {memoryFraction: 1e400}', 'engine.memoryFraction is Infinity, but a number'],
    ['engine: {memoryFraction: 0}', 'engine.memoryFraction is 0, but a number above 0 was expected'],
    [
      'engine: {contextLengthTokens: 128KB}',
      'engine.contextLengthTokens is "128KB", but a number of tokens up to 100,000,000, such as 131072, 131,072, 128K',
    ],
    ['engine: {kvCacheDtype: fp4}', 'engine.kvCacheDtype is "fp4", but one of auto, bf16, fp8 was expected'],
    ['engine: {model: ""}', 'engine.model is "", but non-empty text that does not begin with - was expected'],
    ['engine: {host: "--x"}', 'engine.host is "--x", but non-empty text that does not begin with - was expected'],
    ['engine: {executable: ""}', 'engine.executable is "", but non-empty text was expected'],
    ['engine: {extraArguments: --verbose}', 'engine.extraArguments is text, but a list was expected'],
    ['engine: vllm', 'engine is "vllm", but a section was expected'],
    ['cost: {priceBook: moonshoot}', 'cost.priceBook is "moonshoot", but the name of a known price book was expected'],
    ['cost: {priceBook: {name: ours}}', 'cost.priceBook.asOf is missing, but text was expected'],
  ])('%s: %s', async (text, message) => {
    expect((await loadBad({text})).message).toContain(message);
  });

  test('an unknown key is reported with the one that was probably meant', async () => {
    const error = await loadBad({text: 'engine:\n  contextLenghtTokens: 65536\n'});
    expect(error.code).toBe('configuration.unknown-key');
    expect(error.message).toContain('gantry.yaml:2:3: engine.contextLenghtTokens is not a valid key');
    expect(error.remedy).toBe('Did you mean engine.contextLengthTokens?');
  });

  test('a key in the wrong section is reported with the right section', async () => {
    expect((await loadBad({text: 'memoryFraction: 0.9\n'})).remedy).toBe('Did you mean engine.memoryFraction?');
    expect((await loadBad({text: 'engines: {}\n'})).remedy).toBe('Did you mean engine?');
  });

  test('several problems are reported together', async () => {
    const {message} = await loadBad({text: 'engine: {port: 0, kvCacheDtype: x}\ncost: {nodeUsdPerHour: free}\n'});
    expect(message).toContain('engine.port');
    expect(message).toContain('engine.kvCacheDtype');
    expect(message).toContain('cost.nodeUsdPerHour');
  });

  test('a wrong variable is reported by its name instead of the file', async () => {
    const error = await loadBad({text: 'engine: {port: 8001}', env: {GANTRY_ENGINE_PORT: 'http'}});
    expect(error.message).toBe('GANTRY_ENGINE_PORT is "http", but a number was expected.');
  });
});

describe('a value of the file that a variable comes before', () => {
  test('is reported where it is invalid, with its place and the variable', async () => {
    const text = 'engine:\n  port: 99999\n  container: {imag: x}\n';
    const env = {GANTRY_ENGINE_PORT: '8001', GANTRY_ENGINE_CONTAINER: '{image: vllm/vllm-openai:v1}'};
    const error = await loadBad({text, env});
    expect(error.message).toContain(
      'gantry.yaml:2:9: engine.port is 99999, but a number of at most 65535 was expected (GANTRY_ENGINE_PORT comes before it)',
    );
    expect(error.message).toMatch(/gantry\.yaml:3:\d+: engine\.container\.imag is not a valid key/);
    expect(error.place).toMatchObject({line: 3});
  });

  test('is reported together with an invalid variable', async () => {
    const {message} = await loadBad({text: 'engine: {port: 99999}', env: {GANTRY_ENGINE_PORT: 'eighty'}});
    expect(message).toMatch(/^GANTRY_ENGINE_PORT is "eighty".*gantry\.yaml:1:16: engine\.port is 99999/);
  });

  test('of every key is reported', async () => {
    const defaults = await loadGood();
    for (const {section, name, path: key, variable} of configurationKeys) {
      const value: unknown = valueIn(defaults, [section, name]);
      const env = {[variable]: typeof value === 'string' ? value : JSON.stringify(value)};
      await loadGood({text: `${section}: {}`, env});
      const {message} = await loadBad({text: `${section}:\n  ${name}: [[{a: 1}]]`, env});
      expect(message, key).toMatch(
        new RegExp(`gantry\\.yaml:2:\\d+: ${key}\\b.*expected.*\\(${variable} comes before it\\)`),
      );
    }
  });
});

describe('the environment', () => {
  test('GANTRY_NVIDIA_SMI sets the path of nvidia-smi', async () => {
    const {nvidiaSmi} = await loadGood({
      text: 'nvidiaSmi: {path: /usr/bin/nvidia-smi}',
      env: {GANTRY_NVIDIA_SMI: '/opt/x'},
    });
    expect(nvidiaSmi.path).toBe('/opt/x');
  });

  test('text stays text, numbers and lists are read as YAML', async () => {
    const {engine, cost} = await loadGood({
      env: {
        GANTRY_ENGINE_MODEL: '123',
        GANTRY_ENGINE_EXTRA_ARGUMENTS: '[--block-size, "64"]',
        GANTRY_ENGINE_MAX_RUNNING_REQUESTS: 'null',
        GANTRY_COST_NODE_USD_PER_HOUR: '28.80',
      },
    });
    expect(engine).toMatchObject({model: '123', extraArguments: ['--block-size', '64'], maxRunningRequests: null});
    expect(cost.nodeUsdPerHour).toBe(28.8);
  });

  test('a mistyped GANTRY variable is refused with the one that was probably meant', async () => {
    const error = await loadBad({env: {GANTRY_ENGINE_CONTEXT_LENGTH: '65536'}});
    expect(error.code).toBe('configuration.unknown-variable');
    expect(error.remedy).toContain('GANTRY_ENGINE_CONTEXT_LENGTH_TOKENS');
  });

  test('variables of other parts and other programs are ignored', async () => {
    const env = {
      GANTRY_STATE_DIR: '/x',
      GANTRY_ASCII: '1',
      GANTRY_RECORDINGS: '/y',
      PATH: '/bin',
      NVIDIA_VISIBLE_DEVICES: 'all',
    };
    expect((await loadGood({env})).engine.port).toBe(8000);
  });
});

describe('hooks', () => {
  test('are commands and webhooks with a time limit, none by default', async () => {
    expect((await loadGood()).hooks).toEqual([]);
    expect((await loadGood({text: 'hooks:\n'})).hooks).toEqual([]);
    const text = [
      'hooks:',
      '  - on: [engine.failed, "finding.*"]',
      '    command: [/usr/local/bin/page, --urgent]',
      '  - {on: ["*"], url: "https://example.org/hook", timeoutSeconds: 2.5}',
    ].join('\n');
    expect(toHooks(await loadGood({text}))).toEqual([
      {on: ['engine.failed', 'finding.*'], command: ['/usr/local/bin/page', '--urgent'], url: null, timeoutMs: 10_000},
      {on: ['*'], command: null, url: 'https://example.org/hook', timeoutMs: 2_500},
    ]);
  });

  test.each([
    ['neither command nor address', '{on: ["*"]}', 'either a command or a url, and not both,'],
    ['both', '{on: ["*"], command: [a], url: "http://b.example"}', 'either a command or a url, and not both,'],
    ['a command as one text', '{on: ["*"], command: "page me"}', 'a list'],
    ['an address that is none', '{on: ["*"], url: "ftp://b.example"}', 'an http or https address'],
    ['a code with blanks', '{on: ["engine failed"], command: [a]}', 'an event code such as engine.failed'],
    ['no time', '{on: ["*"], command: [a], timeoutSeconds: 0}', 'a number above 0'],
    ['a key that is none', '{on: ["*"], command: [a], shell: true}', 'not a valid key'],
  ])('with %s is refused with its place', async (_, hook, expected) => {
    const error = await loadBad({text: `hooks:\n  - ${hook}\n`});
    expect(error.message).toContain('gantry.yaml:2:');
    expect(error.message).toContain(expected);
    if (error.code === 'configuration.invalid-value') expect(error.remedy).toContain('A hook is');
  });
});

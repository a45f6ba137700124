import {execFileSync} from 'node:child_process';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {isAbsent} from '../../../src/samples/reading.ts';
import {readHermes} from '../../../src/sources/agents/hermes.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

/** A home whose Hermes Agent has this configuration. */
async function homeWith(contents: string | Buffer): Promise<string> {
  const home = temporaryDirectory();
  await mkdir(join(home, '.hermes'));
  await writeFile(join(home, '.hermes', 'config.yaml'), contents);
  return home;
}

const read = (homeDirectory: string, variables: Record<string, string> = {}) => readHermes({homeDirectory, variables});
const endpointOf = async (contents: string) => (await read(await homeWith(contents))).endpoint;
const here = {host: '127.0.0.1', port: 8000};
const URL_HERE = 'http://127.0.0.1:8000/v1';

describe('Hermes Agent', () => {
  test('with a custom endpoint sends its requests there, and its keys stay in the file', async () => {
    const home = await homeWith(
      `model:\n  provider: custom\n  default: kimi-k2.7-code\n  base_url: ${URL_HERE}\n  api_key: sk-secret-1\n` +
        'agent:\n  max_turns: 60\nterminal:\n  backend: local\n',
    );
    const agent = await read(home);
    expect(agent).toEqual({
      name: 'Hermes Agent',
      file: join(home, '.hermes', 'config.yaml'),
      neededContextTokens: 64_000,
      endpoint: here,
    });
  });

  test.each([
    ['a provider by its key', 'model: {provider: gantry}\nproviders: {gantry: {base_url: URL, key_env: K}}'],
    ['a provider by its name', 'model: {provider: My Node}\nproviders: {n: {name: my node, url: URL}}'],
    ['a provider whose key has blanks', 'model: {provider: my node}\nproviders: {" My Node ": {url: URL}}'],
    ['a provider with a prefix', 'model: {provider: "custom:my-node"}\nproviders: {My Node: {api: URL}}'],
    ['the older list', 'model: {provider: "custom:gantry"}\ncustom_providers: [{name: gantry, base_url: URL}]'],
    ['the provider before the model', 'model: {provider: g, base_url: "http://other/v1"}\nproviders: {g: {url: URL}}'],
    ['an alias of the key', 'model: {default: kimi, api_base: URL}'],
    ['keys at the top', 'provider: custom\nbase_url: URL\nmodel: kimi-k2.7-code'],
    ['another key, where one has only blanks', 'model: {base_url: "  ", api_base: URL}'],
    ['the model, where the provider has only blanks', 'model: {provider: " ", base_url: URL}\nprovider: " "'],
    ['a merged mapping', 'node: &n {base_url: URL}\nmodel: {<<: *n, provider: custom}'],
    ['the last of equal keys', 'model: {base_url: "http://other/v1", base_url: URL}'],
    [
      'a provider that is off, so the model',
      'model: {provider: g, base_url: URL}\nproviders: {g: {enabled: false, url: "http://other"}}',
    ],
  ])('is read by %s', async (_, source) => {
    expect(await endpointOf(source.replaceAll('URL', JSON.stringify(URL_HERE)))).toEqual(here);
  });

  test.each([
    'model: {provider: openrouter}\nproviders: {gantry: {base_url: URL}}',
    'model: {provider: "my-custom:node"}\nproviders: {my-node: {base_url: URL}}',
    'model: {provider: "custom:"}\ncustom_providers: [{base_url: URL}]',
    'model: {default: kimi}\nproviders: {undefined: {base_url: URL}}',
  ])('is not connected by a provider that is not used: %s', async (source) => {
    expect(await endpointOf(source.replaceAll('URL', JSON.stringify(URL_HERE)))).toEqual({absent: expect.any(String)});
  });

  test('may be nested, but not more than 64 levels deep', async () => {
    const nested = (levels: number) =>
      endpointOf(`model: {base_url: "${URL_HERE}"}\nmore: ${'['.repeat(levels)}x${']'.repeat(levels)}\n`);
    // The document and its mapping are two of them.
    expect(await nested(62)).toEqual(here);
    expect(await nested(63)).toEqual({absent: expect.any(String)});
  });

  test.each([
    ['http://localhost/v1', {host: 'localhost', port: 80}],
    ['https://Node-1.Example.com./v1', {host: 'node-1.example.com', port: 443}],
    ['http://[::1]:8000/v1/', {host: '::1', port: 8000}],
    ['http://user:sk-secret@127.1:8000', here],
  ])('has host and port of %s', async (url, endpoint) => {
    expect(await endpointOf(`model: {base_url: "${url}"}`)).toEqual(endpoint);
  });

  test('is searched for where HERMES_HOME says', async () => {
    const home = await homeWith(`model: {base_url: "${URL_HERE}"}`);
    const directory = join(home, '.hermes');
    expect((await read('/nowhere', {HERMES_HOME: directory})).endpoint).toEqual(here);
    expect((await read(home, {HERMES_HOME: ' '})).endpoint).toEqual(here);
    expect((await read(home, {HERMES_HOME: '/nowhere'})).endpoint).toEqual({
      absent: expect.stringContaining('/nowhere'),
    });
  });
});

describe('a file that is no configuration of Hermes Agent makes no agent:', () => {
  const aliases = ['a0: &a0 [x, x]', ...Array.from({length: 40}, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`)];
  test.each([
    ['empty', ''],
    ['only a comment', '# base_url: http://127.0.0.1:8000/v1\n'],
    ['a list', `- ${URL_HERE}`],
    ['a text', URL_HERE],
    ['not YAML', 'model: {api_key: sk-secret-1, base_url: [\n'],
    ['a mapping without its end', `model: {base_url: "${URL_HERE}"`],
    ['two documents', `model: {base_url: "${URL_HERE}"}\n---\nmodel: {}`],
    ['binary', Buffer.from(Array.from({length: 4096}, (_, n) => (n * 7) % 256))],
    ['aliases that expand without end', `${aliases.join('\n')}\nmodel: *a40`],
    ['an alias of itself', 'model: &m {base_url: *m}'],
    ['an unknown alias', 'model: *nothing'],
    ['thousands of brackets', `model: ${'['.repeat(60_000)}`],
    ['lists in lists', '- '.repeat(30_000)],
    ['keys of keys', '? '.repeat(30_000)],
    ['thousands of tags', '!a '.repeat(20_000)],
    ['thousands of errors', 'model: {}}\n'.repeat(5_000)],
    ['other types', 'model: {base_url: [a], provider: {b: c}}\nproviders: 7\ncustom_providers: {a: b}'],
    ['names of prototypes', 'model: {provider: constructor}\nproviders: {__proto__: {url: "http://127.0.0.1:8000"}}'],
    ['a variable for an address', 'model: {base_url: "$NODE_URL"}'],
    ['no HTTP address', 'model: {base_url: "file:///etc/passwd"}'],
    ['a port that does not exist', 'model: {base_url: "http://127.0.0.1:99999/v1"}'],
    ['too large', `model: {base_url: "${URL_HERE}"}\n#${'x'.repeat(64 * 1024)}`],
  ])('%s', async (_, contents) => {
    const {endpoint} = await read(await homeWith(contents));
    expect(isAbsent(endpoint) && endpoint.absent).toMatch(/\w/);
    expect(JSON.stringify(endpoint)).not.toContain('sk-secret');
  });

  test('nothing but a comment is as an empty mapping is not: no configuration, though it can be read', async () => {
    const [nothing, comment, list, broken] = await Promise.all(['', '# x', '- x', 'model: ['].map(endpointOf));
    expect([nothing, comment]).toEqual([list, list]);
    expect(broken).not.toEqual(list);
  });

  test('a directory, a pipe, a link to itself, a home that is a file', async () => {
    const homes = await Promise.all(Array.from({length: 4}, () => homeWith('')));
    const [directory = '', pipe = '', loop = ''] = homes.map((home) => join(home, '.hermes', 'nested'));
    await mkdir(join(directory, 'config.yaml'), {recursive: true});
    await mkdir(pipe);
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(pipe, 'config.yaml')]);
    await mkdir(loop);
    await symlink('config.yaml', join(loop, 'config.yaml'));
    const file = join(homes[3] ?? '', '.hermes', 'config.yaml');
    for (const home of [directory, pipe, loop, file])
      expect((await read('/', {HERMES_HOME: home})).endpoint).toEqual({absent: expect.stringContaining(home)});
  });

  test('whatever it contains', async () => {
    const home = await homeWith('');
    const file = join(home, '.hermes', 'config.yaml');
    const value = fc.jsonValue();
    const configuration = fc.record({model: value, providers: value, custom_providers: value, base_url: value});
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          configuration.map((given) => JSON.stringify(given)),
          fc.string(),
        ),
        async (contents) => {
          await writeFile(file, contents);
          expect((await read(home)).file).toBe(file);
        },
      ),
      {numRuns: 60},
    );
  });
});

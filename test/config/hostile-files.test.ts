import {describe, expect, test} from 'vitest';
import {parseConfigurationText} from '../../src/config/configuration-file.ts';
import {combineConfiguration} from '../../src/config/load-configuration.ts';

/** The error of a file with this text; null if it is valid. */
function errorOf(text: string) {
  const file = parseConfigurationText(text, 'gantry.yaml');
  const loaded = file.ok ? combineConfiguration(file.value, 'gantry.yaml', {}) : file;
  return loaded.ok ? null : loaded.error;
}

describe('a file that is no configuration is refused with its place and what was expected', () => {
  test.each([
    ['tabs', 'engine:\n\tport: 8001\n', '2:1', 'Tabs are not allowed'],
    ['a key twice', 'engine:\n  port: 1\n  port: 2\n', '3:3', 'must be unique'],
    ['a second document', 'engine: {port: 1}\n---\nengine: {port: 2}\n', '2:1', 'one was expected'],
    ['an unknown alias', 'cost: {}\nengine: {port: *nope}\n', '2:16', 'Unresolved alias'],
    ['a merge key', 'engine:\n  <<: {port: 1}\n', '2:3', 'engine.<< is not a valid key'],
    ['yes for true', 'restart:\n  automatic: yes\n', '2:14', 'is "yes", but true or false was expected'],
    ['a number beyond all', 'cost:\n  nodeUsdPerHour: 1e400\n', '2:19', 'is Infinity, but a number was expected'],
    ['thousands of brackets', `engine: ${'['.repeat(2_500)}`, '1:', 'too many nested levels.'],
    ['more brackets than any file has', `engine: ${'['.repeat(50_000)}`, '1:3008', 'more than 3,000 line ends'],
    ['thousands of lists in lists', `engine:\n${'- '.repeat(2_500)}x\n`, '2:', 'too many nested levels.'],
    ['thousands of keys in keys', `engine:\n${'? '.repeat(2_900)}x\n`, '2:', 'too many nested levels.'],
    ['a list as a key', '? [a, b]\n: 2\n', '1:', 'is not a valid key'],
    ['the prototype as a section', '__proto__: {engine: {port: 1}}\n', '1:1', '__proto__ is not a valid key'],
    ['a byte order mark and a mistake', '\uFEFFengine:\r\n  port: x\r\n', '2:9', 'is "x", but a number'],
    ['binary data', '\u0000\u0001\u0002', '1:1', 'a list of sections'],
  ])('%s', (_, text, place, expected) => {
    const error = errorOf(text);
    expect(error?.message).toContain(`gantry.yaml:${place}`);
    expect(error?.message).toContain(expected);
    expect(error?.message).toMatch(/[^.]\.$/);
    expect(error?.remedy).not.toBe('');
  });

  test.each([
    ['engine.model', 'engine: {model: "a\\0b"}\n'],
    ['engine.servedModelName', 'engine: {servedModelName: "a\\0"}\n'],
    ['engine.executable', 'engine: {executable: "/usr/bin/\\0"}\n'],
    ['engine.extraArguments', 'engine: {extraArguments: [--seed, "\\0"]}\n'],
    ['engine.container', 'engine: {container: {image: "i:1", arguments: ["\\0"]}}\n'],
    ['nvidiaSmi.path', 'nvidiaSmi: {path: "\\0"}\n'],
    ['hooks', 'hooks: [{on: [engine.failed], command: ["/bin/true", "\\0"]}]\n'],
  ])('%s with a NUL, at which an argument and a path would end', (key, text) => {
    const error = errorOf(text);
    expect(error?.message).toContain(key);
    expect(error?.message).toContain('without a NUL character');
    expect(error?.message).not.toContain('\0');
  });

  test('one value is reported once, however many rules it breaks', () => {
    expect(errorOf('engine: {port: 99999999999999999999999}\n')?.message.split('engine.port')).toHaveLength(2);
  });

  test.each([
    ['a byte order mark and CRLF', '\uFEFFengine:\r\n  port: 8001\r\n'],
    ['nothing', ''],
    ['only comments', '# none\n---\n'],
    ['an alias with its anchor before it', 'engine: {port: &p 8001, tensorParallelSize: *p}\n'],
  ])('but not %s', (_, text) => {
    expect(errorOf(text)).toBeNull();
  });
});

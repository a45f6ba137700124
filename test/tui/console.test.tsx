import {render} from 'ink-testing-library';
import {afterEach, expect, test} from 'vitest';
import {Console} from '../../src/tui/console.tsx';
import {namelessKey} from '../../src/tui/keys/key-names.ts';
import {createStore} from '../../src/tui/state/store.ts';
import {eventually} from '../harness/eventually.ts';

let mounted: ReturnType<typeof render> | null = null;
afterEach(() => {
  mounted?.unmount();
  mounted = null;
});

type Taken = {readonly keys: string[]; readonly pastes: string[]};

function open(spoken = createStore('')): Taken {
  const taken: Taken = {keys: [], pastes: []};
  mounted = render(
    <Console
      spoken={spoken}
      onKey={(key) => void taken.keys.push(key)}
      onPaste={(text) => void taken.pastes.push(text)}
    />,
  );
  return taken;
}

async function typed(bytes: string, isTaken: () => boolean): Promise<void> {
  // Ink listens once React has run its effects.
  await eventually(
    () => (mounted?.stdin.listenerCount('readable') ?? 0) > 0,
    () => 'Ink to listen',
  );
  mounted?.stdin.write(bytes);
  await eventually(isTaken, () => `${JSON.stringify(bytes)} to be taken`);
}

test('keys that arrive together are handed over one by one', async () => {
  const taken = open();
  await typed('Rq', () => taken.keys.length === 2);
  await typed('\u001b[5~', () => taken.keys.length === 3);
  expect(taken.keys).toEqual(['R', 'q', 'page-up']);
});

test.each<[string, string, readonly string[]]>([
  ['Alt+x', '\u001bx', ['alt+x']],
  ['Alt+Shift+x', '\u001bX', ['alt+X']],
  ['Alt+Up', '\u001b[1;3A', ['alt+up']],
  ['Alt+Enter', '\u001b\r', ['alt+enter']],
  ['Ctrl+Alt+x', '\u001b\u0018', ['alt+ctrl+x']],
  ['Esc twice', '\u001b\u001b', ['escape', 'escape']],
  ['F1 of xterm', '\u001bOP', [namelessKey]],
  ['F1 of the Linux console', '\u001b[[A', [namelessKey]],
  ['F5', '\u001b[15~', [namelessKey]],
  ['Shift+F5', '\u001b[15;2~', [namelessKey]],
  ['Insert', '\u001b[2~', [namelessKey]],
  ['Ctrl+backslash', '\u001c', ['ctrl+\\']],
  ['a late answer of the terminal, then a key', '\u001b[?62;1;4cq', ['q']],
])('%s', async (_, bytes, keys) => {
  const taken = open();
  await typed(bytes, () => taken.keys.length >= keys.length);
  expect(taken.keys).toEqual(keys);
});

test('Ink shows nothing where the canvas draws, and the text for a screen reader', async () => {
  const spoken = createStore('');
  open(spoken);
  expect(mounted?.lastFrame()).toBe('');
  spoken.set('Server\nready');
  await eventually(
    () => mounted?.lastFrame() === 'Server\nready',
    () => mounted?.lastFrame() ?? '',
  );
});

import {render} from 'ink-testing-library';
import {afterEach, expect, test} from 'vitest';
import {Console} from '../../src/tui/console.tsx';
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

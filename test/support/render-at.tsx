import {render} from 'ink';
import type {ReactNode} from 'react';
import {createFakeTerminal, type FakeTerminal, type TerminalSize} from './fake-terminal.ts';

export type RenderedScreen = FakeTerminal & {
  readonly rerender: (tree: ReactNode) => Promise<void>;
  /** Resolves when what React committed is on the screen. */
  readonly settled: () => Promise<void>;
  readonly unmount: () => Promise<void>;
};

/**
 * Renders a tree as the console does (alternate screen, incremental) into a terminal of exactly this size.
 * ink-testing-library has a fixed width, no rows, and none of those modes.
 */
export async function renderAt(tree: ReactNode, size: TerminalSize): Promise<RenderedScreen> {
  const terminal = createFakeTerminal(size);
  const {stdin, stdout, stderr} = terminal;
  const instance = render(tree, {
    stdin,
    stdout,
    stderr,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const settled = async (): Promise<void> => {
    await instance.waitUntilRenderFlush();
    await terminal.drained();
  };
  await settled();
  return {
    ...terminal,
    settled,
    rerender: async (next) => {
      instance.rerender(next);
      await settled();
    },
    unmount: async () => {
      instance.unmount();
      await instance.waitUntilExit();
      await terminal.drained();
    },
  };
}

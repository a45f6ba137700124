import type {RealHome} from './real-engine.ts';

/** The console of this home in a terminal of this size, once it shows the engine. */
export async function drawnScreen(
  home: RealHome,
  size: {readonly columns: number; readonly rows: number},
): Promise<string> {
  const terminal = home.open([], size);
  try {
    const isDrawn = (text: string): boolean => /\bready\b/.test(text) && text.includes('KV cache');
    const screen = await terminal.waitFor('the panels of the engine', isDrawn, 60_000);
    console.log(`The console at ${size.columns} x ${size.rows}:\n${screen}`);
    return screen;
  } finally {
    terminal.kill('SIGKILL');
  }
}

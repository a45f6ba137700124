import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import type {RealHome} from './real-engine.ts';

const toldSchema = z.object({findings: z.array(z.object({code: z.string()}))});

/** The codes of the findings of `gantry diagnose` for this output. */
export async function diagnosed(home: RealHome, output: string): Promise<readonly string[]> {
  const file = path.join(home.directory, 'output.log');
  writeFileSync(file, output);
  const {stdout, stderr} = await home.run(['diagnose', '--json', file]);
  const told = toldSchema.safeParse(JSON.parse(stdout === '' ? '{}' : stdout));
  if (!told.success) throw new Error(`gantry diagnose printed ${stdout}${stderr}`);
  return told.data.findings.map(({code}) => code);
}

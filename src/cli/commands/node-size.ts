import {lookUpModel} from '../../sources/model-files/look-up-model.ts';
import {sizeOfNode} from '../../supervisor/cost/size/size-of-node.ts';
import {modelEnvironment} from '../../supervisor/launch/model-environment.ts';
import {homeDirectory} from '../../supervisor/operating-user.ts';
import {rightSizeRows} from '../../views/text/right-size-text.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProgress, printRows} from '../output.ts';
import {textStyleOf} from '../print-rows.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

const SCHEMA_VERSION = 1;

/** `gantry right-size`: how large context and node have to be for what was asked of this node; asks the supervisor. */
export async function runRightSize(global: GlobalOptions, {since}: {readonly since: number}): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, environment, appearance, client, loaded} = wiring.value;
  const snapshot = await client.getSnapshot();
  if (!snapshot.ok) return printError(output, snapshot.error);
  const variables = {homeDirectory: homeDirectory(), variables: environment};
  const size = await sizeOfNode(
    {
      snapshot: snapshot.value,
      getHistory: client.getHistory,
      lookUp: async (model) => {
        const found = await lookUpModel(model, modelEnvironment(variables));
        return found.ok ? found.value : null;
      },
      prices: loaded.prices().published,
      nowMs: Date.now(),
    },
    since,
  );
  if (!size.ok) return printError(output, size.error);
  const {simulated} = snapshot.value;
  if (output.isJson) {
    printJson(output, {schemaVersion: SCHEMA_VERSION, simulated, ...size.value});
    return exitCodes.done;
  }
  if (simulated) printProgress(output, 'SIMULATED: traffic of the simulated node.');
  const style = textStyleOf(process.stdout, environment, appearance);
  printRows(output, rightSizeRows(size.value, style), style);
  return exitCodes.done;
}

import {z} from 'zod';
import {launchSettingFields as fields, processText} from '../../domain/settings/launch-settings.ts';
import {settingsTable as table} from '../../domain/settings/settings-table.ts';
import {parseTokenCount} from '../../domain/settings/token-count.ts';
import {defaultEngineName, engineNames} from '../../engines/engine-names.ts';
import {containerClients} from '../../engines/launch/container-command.ts';

const text = processText.min(1);

const containerSchema = z.strictObject({
  client: z
    .enum(containerClients)
    .nullable()
    .default(null)
    .describe('Container client: docker or podman; null uses the first one that has the image.'),
  image: text.describe('The image with its tag; it must exist on this host.'),
  arguments: z
    .array(processText)
    .default([])
    .describe("Additional arguments for the client's run command, a list; they override Gantry's own."),
});

/** A number of tokens, or one as it is typed: `128K`. Both by the one grammar, with its limits. */
const tokenCount = z.union([fields.contextLengthTokens, z.string()]).transform((value, context) => {
  const parsed = parseTokenCount(String(value));
  if (parsed.ok) return parsed.value;
  context.addIssue(parsed.error);
  return z.NEVER;
});

/** The section `engine`: which one, where it is, and the launch settings by the rules and presets of their table. */
export const engineSchema = z.strictObject({
  name: z
    .enum(engineNames)
    .default(defaultEngineName)
    .describe(`The inference engine: ${engineNames.join(', ')}.`),
  executable: text
    .nullable()
    .default(null)
    .describe(
      "The engine's program, a name on PATH, an absolute path or a path from ~/; null searches PATH, Python environments, and images of docker and podman.",
    ),
  container: containerSchema
    .nullable()
    .default(null)
    .describe(
      'A container image to run the engine from, {client, image, arguments}; takes precedence over the executable.',
    ),
  model: fields.model.default(table.model.preset).describe(table.model.description),
  format: fields.format.default(table.format.preset).describe(table.format.description),
  servedModelName: fields.servedModelName
    .default(table.servedModelName.preset)
    .describe(table.servedModelName.description),
  host: fields.host.default(table.host.preset).describe(table.host.description),
  port: fields.port.default(table.port.preset).describe(table.port.description),
  tensorParallelSize: fields.tensorParallelSize
    .default(table.tensorParallelSize.preset)
    .describe(table.tensorParallelSize.description),
  pipelineParallelSize: fields.pipelineParallelSize
    .default(table.pipelineParallelSize.preset)
    .describe(table.pipelineParallelSize.description),
  dataParallelSize: fields.dataParallelSize
    .default(table.dataParallelSize.preset)
    .describe(table.dataParallelSize.description),
  decodeContextParallelSize: fields.decodeContextParallelSize
    .default(table.decodeContextParallelSize.preset)
    .describe(table.decodeContextParallelSize.description),
  expertParallel: fields.expertParallel.default(table.expertParallel.preset).describe(table.expertParallel.description),
  visionMode: fields.visionMode.default(table.visionMode.preset).describe(table.visionMode.description),
  contextLengthTokens: tokenCount
    .prefault(table.contextLengthTokens.preset)
    .describe(table.contextLengthTokens.description),
  memoryFraction: fields.memoryFraction.default(table.memoryFraction.preset).describe(table.memoryFraction.description),
  kvCacheDtype: fields.kvCacheDtype.default(table.kvCacheDtype.preset).describe(table.kvCacheDtype.description),
  maxRunningRequests: fields.maxRunningRequests
    .default(table.maxRunningRequests.preset)
    .describe(table.maxRunningRequests.description),
  extraArguments: fields.extraArguments.default(table.extraArguments.preset).describe(table.extraArguments.description),
});

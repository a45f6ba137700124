import {type ModelProblem, quoteValue} from '../../../domain/memory/model/model-problem.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {brokenFile} from '../file-problem.ts';
import {JsonScanError, JsonScanner} from '../json-scanner.ts';
import {readWhole} from '../read-part.ts';

const LARGEST_INDEX_BYTES = 200_000_000;
const MOST_SHARDS = 10_000;

/** The content of `model.safetensors.index.json`, without tensor names. */
export type SafetensorsIndex = {
  /** Sorted names of the shards. */
  readonly shards: readonly string[];
  readonly tensorCount: number;
  /** `metadata.total_size`; null if missing. */
  readonly totalBytes: number | null;
};

/** Reads the index of a checkpoint in several shards. */
export async function readSafetensorsIndex(path: string): Promise<Result<SafetensorsIndex, ModelProblem>> {
  const bytes = await readWhole(path, LARGEST_INDEX_BYTES);
  if (!bytes.ok) return bytes;
  const shards = new Set<string>();
  let tensorCount = 0;
  let totalBytes: number | null = null;
  try {
    const scanner = new JsonScanner(bytes.value);
    await scanner.readObjectInTurns((section) => {
      if (section === 'weight_map') {
        let shard = '';
        return scanner.readValuesInTurns(() => {
          tensorCount += 1;
          const name = scanner.readString([shard]);
          if (name === shard) return;
          shard = name;
          shards.add(name);
          if (shards.size > MOST_SHARDS) throw new JsonScanError(0, 'at most 10,000 shards');
        });
      }
      if (section !== 'metadata') return scanner.skipValue();
      return scanner.readObjectInTurns((key) => {
        if (key === 'total_size') totalBytes = scanner.readNumber();
        else scanner.skipValue();
      });
    });
    scanner.end();
  } catch (error) {
    if (error instanceof JsonScanError) return err(brokenFile(path, `not a valid index: ${error.message}`));
    throw error;
  }
  const outside = [...shards].find((shard) => !isShardName(shard));
  if (outside !== undefined) {
    return err(
      brokenFile(
        path,
        `its weight_map names ${quoteValue(outside)}, expected a safetensors file in the same directory`,
      ),
    );
  }
  if (shards.size === 0) return err(brokenFile(path, 'its weight_map is empty'));
  return ok({shards: [...shards].sort(), tensorCount, totalBytes});
}

/** A plain file name: an index must not refer outside its directory. */
function isShardName(name: string): boolean {
  return /^[\w.-]{1,200}\.safetensors$/.test(name) && !name.startsWith('.');
}

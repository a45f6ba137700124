import {readFileSync} from 'node:fs';
import {errorCode} from '../../shared/error-code.ts';

/** The version in package.json, above the built files or the sources. */
export function ownVersion(): string {
  for (const path of ['../package.json', '../../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return 'unknown';
}

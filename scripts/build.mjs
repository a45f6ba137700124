// Builds the programs, see bundle.mjs.
import {bundle, outdir} from './bundle.mjs';
import {writeBuild} from './write-build.mjs';

const {outputFiles} = await bundle();
await writeBuild(outputFiles, outdir, Date.now());

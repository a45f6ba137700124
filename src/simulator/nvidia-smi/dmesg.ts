import {readFileSync, writeSync} from 'node:fs';
import {readSimulatedNode, simulatedNodeDirectory} from '../node/node-directory.ts';
import {kernelLog} from './driver-log.ts';

/** The program `dmesg` of a simulated node. */
const uptimeSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ', 1)[0]);
const node = readSimulatedNode(simulatedNodeDirectory(process.env));
writeSync(1, kernelLog(node, Date.now(), uptimeSeconds));

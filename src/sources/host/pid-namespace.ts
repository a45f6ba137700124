import {readlinkSync} from 'node:fs';
import {errorCode} from '../../shared/error-code.ts';

/** The first process id namespace of a host has this number, linux/include/linux/proc_ns.h. */
const HOST_PID_NAMESPACE = 'pid:[4026531836]';

/** True where the driver's process ids, which are the host's, may be of another namespace than this process's. */
export function isInPidNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') !== HOST_PID_NAMESPACE;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

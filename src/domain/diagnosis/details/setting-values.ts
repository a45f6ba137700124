import {z} from 'zod';

/** The value of one launch setting. */
export const settingValueSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);

/** Launch settings that change, by key. */
export const settingValuesSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

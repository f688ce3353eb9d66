/** What holds of every resource type, whether it has a folder of its own or not. */
import type { CommonDefinition } from '../../definitions/resource-definition';
import { isSummary } from '../bundle/summary';
import { repairs } from './repairs';
import { rules } from './rules';

export const common: CommonDefinition = { rules, repairs, isSummary };

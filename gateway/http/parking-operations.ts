import { apdsOperations } from './parking/apds-operations.ts'
import { caseOperations } from './parking/case-operations.ts'
import { cashOperations } from './parking/cash-operations.ts'
import { creditOperations } from './parking/credit-operations.ts'
import { laneOperations } from './parking/lane-operations.ts'
import { occupancyOperations } from './parking/occupancy-operations.ts'
import { rightOperations } from './parking/right-operations.ts'
import { stayOperations } from './parking/stay-operations.ts'
import { tariffOperations } from './parking/tariff-operations.ts'
import { validationOperations } from './parking/validation-operations.ts'

/** The car park's rows of the table of operations. */
export const parkingOperations = {
  ...stayOperations,
  ...validationOperations,
  ...laneOperations,
  ...cashOperations,
  ...creditOperations,
  ...caseOperations,
  ...rightOperations,
  ...occupancyOperations,
  ...tariffOperations,
  ...apdsOperations,
}

import { apdsOperations } from './apds-operations.ts'
import { caseOperations } from './case-operations.ts'
import { cashOperations } from './cash-operations.ts'
import { correctionOperations } from './correction-operations.ts'
import { creditOperations } from './credit-operations.ts'
import { laneOperations } from './lane-operations.ts'
import { occupancyOperations } from './occupancy-operations.ts'
import { passSaleOperations } from './pass-sale-operations.ts'
import { rightOperations } from './right-operations.ts'
import { stayOperations } from './stay-operations.ts'
import { tariffOperations } from './tariff-operations.ts'
import { validationOperations } from './validation-operations.ts'

/** The car park's rows of the table of operations. */
export const parkingOperations = {
  ...stayOperations,
  ...validationOperations,
  ...laneOperations,
  ...cashOperations,
  ...creditOperations,
  ...caseOperations,
  ...correctionOperations,
  ...rightOperations,
  ...passSaleOperations,
  ...occupancyOperations,
  ...tariffOperations,
  ...apdsOperations,
}

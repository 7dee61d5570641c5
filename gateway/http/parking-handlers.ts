import type { HandlersOf } from './operation.ts'
import { createApdsHandlers } from './parking/apds-handlers.ts'
import { createCaseHandlers } from './parking/case-handlers.ts'
import { createCashHandlers } from './parking/cash-handlers.ts'
import { createCreditHandlers } from './parking/credit-handlers.ts'
import { createLaneHandlers } from './parking/lane-handlers.ts'
import { createOccupancyHandlers } from './parking/occupancy-handlers.ts'
import type { ParkingHandlerParts } from './parking/parts.ts'
import { createRightHandlers } from './parking/right-handlers.ts'
import { createStayHandlers } from './parking/stay-handlers.ts'
import { createTariffHandlers } from './parking/tariff-handlers.ts'
import { createValidationHandlers } from './parking/validation-handlers.ts'
import type { parkingOperations } from './parking-operations.ts'

/** The handlers of a car park, each subject's in its own file beside its rows and its wire forms. */
export function createParkingHandlers(parts: ParkingHandlerParts): HandlersOf<typeof parkingOperations> {
  return {
    ...createStayHandlers(parts),
    ...createValidationHandlers(parts),
    ...createLaneHandlers(parts),
    ...createCashHandlers(parts),
    ...createCreditHandlers(parts),
    ...createCaseHandlers(parts),
    ...createRightHandlers(parts),
    ...createOccupancyHandlers(parts),
    ...createTariffHandlers(parts),
    ...createApdsHandlers(parts),
  }
}

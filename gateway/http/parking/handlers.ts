import type { HandlersOf } from '../operation.ts'
import { createApdsHandlers } from './apds-handlers.ts'
import { createCaseHandlers } from './case-handlers.ts'
import { createCashHandlers } from './cash-handlers.ts'
import { createCorrectionHandlers } from './correction-handlers.ts'
import { createCreditHandlers } from './credit-handlers.ts'
import { createLaneHandlers } from './lane-handlers.ts'
import { createOccupancyHandlers } from './occupancy-handlers.ts'
import type { parkingOperations } from './operations.ts'
import type { ParkingHandlerParts } from './parts.ts'
import { createPassSaleHandlers } from './pass-sale-handlers.ts'
import { createRightHandlers } from './right-handlers.ts'
import { createStayHandlers } from './stay-handlers.ts'
import { createTariffHandlers } from './tariff-handlers.ts'
import { createValidationHandlers } from './validation-handlers.ts'

/** The handlers of a car park, each subject's in its own file beside its rows and its wire forms. */
export function createParkingHandlers(parts: ParkingHandlerParts): HandlersOf<typeof parkingOperations> {
  return {
    ...createStayHandlers(parts),
    ...createValidationHandlers(parts),
    ...createLaneHandlers(parts),
    ...createCashHandlers(parts),
    ...createCreditHandlers(parts),
    ...createCaseHandlers(parts),
    ...createCorrectionHandlers(parts),
    ...createRightHandlers(parts),
    ...createPassSaleHandlers(parts),
    ...createOccupancyHandlers(parts),
    ...createTariffHandlers(parts),
    ...createApdsHandlers(parts),
  }
}

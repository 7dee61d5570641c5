/**
 * What the box answers, in the types of its own schemas.
 *
 * @typedef {import('zod').output<typeof import('../../schemas.ts').lanes>['lanes'][number]} Lane
 * @typedef {import('zod').output<typeof import('../../schemas.ts').devices>['devices'][number]} Device
 * @typedef {import('zod').output<typeof import('../../schemas.ts').liveEvent>} LiveEvent
 * @typedef {import('zod').output<typeof import('../../parking/stay-schemas.ts').session>} Session
 * @typedef {import('zod').output<typeof import('../../parking/stay-schemas.ts').quote>} Quote
 * @typedef {import('zod').output<typeof import('../../parking/stay-schemas.ts').foundPlates>} FoundPlates
 * @typedef {import('zod').output<typeof import('../../parking/stay-schemas.ts').sessions>} OpenStays
 * @typedef {import('zod').output<typeof import('../../parking/case-schemas.ts').pictureName>} PictureName
 * @typedef {import('zod').output<typeof import('../../parking/case-schemas.ts').cases>['cases'][number]} Case
 * @typedef {import('zod').output<typeof import('../../parking/occupancy-schemas.ts').occupancy>['occupancy'][number]} Occupancy
 * @typedef {import('zod').output<typeof import('../../parking/tariff-schemas.ts').tariffs>['passes'][number]} PassOnOffer
 */

export {}

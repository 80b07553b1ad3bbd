import { artifactStoreContract, endedMeeting } from './artifact-store-contract.ts'
import { aMeeting } from './builders.ts'
import { memoryArtifactStore } from './memory-artifact-store.ts'

artifactStoreContract(async () => ({
  artifacts: memoryArtifactStore(),
  addMeeting: async () => endedMeeting(aMeeting()),
}))

import { aMeeting } from '../meetings/builders.ts'
import { artifactStoreContract, endedMeeting } from './artifact-store-contract.ts'
import { memoryArtifactStore } from './memory-artifact-store.ts'

artifactStoreContract(async () => ({
  artifacts: memoryArtifactStore(),
  addMeeting: async () => endedMeeting(aMeeting()),
}))

-- CreateTable
CREATE TABLE "provider_write_slots" (
    "slot" INTEGER NOT NULL,
    "free_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "provider_write_slots_pkey" PRIMARY KEY ("slot")
);

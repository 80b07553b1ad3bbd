-- CreateTable
CREATE UNLOGGED TABLE "provider_write_waiters" (
    "waiter" UUID NOT NULL,
    "urgency" INTEGER NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "provider_write_waiters_pkey" PRIMARY KEY ("waiter")
);

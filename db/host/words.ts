/** predraft's words for a host's values, all in lower case. */

/** Channels; any other is answered as a chat. */
export const channelWords = ["review", "question", "chat"] as const;

/** Priorities; any other is left to the rules. */
export const priorityWords = ["urgent", "high", "normal", "low"] as const;

/** Statuses of unanswered interactions; `responded` means answered. */
export const openStatuses = [
  ...["open", "opened", "reopened", "new", "created", "received", "pending", "waiting", "active", "unread"],
  ...[
    "unanswered",
    "not_answered",
    "needs_response",
    "needs_reply",
    "awaiting_response",
    "in_progress",
    "processing",
  ],
] as const;

/** Directions that mean the buyer; assumed for a table without messages. */
export const buyerWords = [
  ...[
    "in",
    "incoming",
    "inbound",
    "received",
    "buyer",
    "customer",
    "client",
    "contact",
    "consumer",
    "shopper",
  ],
  ...[
    "end_user",
    "end-user",
    "enduser",
    "visitor",
    "guest",
    "lead",
    "requester",
    "from_buyer",
    "from_client",
    "from_customer",
  ],
  ...["покупатель", "клиент"],
] as const;

/** Directions that mean the seller's side, people and programs. */
export const sellerWords = [
  ...[
    "out",
    "outgoing",
    "outbound",
    "sent",
    "seller",
    "shop",
    "store",
    "merchant",
    "agent",
    "operator",
    "manager",
  ],
  ...[
    "admin",
    "administrator",
    "staff",
    "employee",
    "support",
    "assistant",
    "bot",
    "agentbot",
    "agent_bot",
    "system",
  ],
  ...["from_seller", "from_operator", "продавец", "оператор", "менеджер", "бот", "система"],
] as const;

/** Means the buyer of a shop, or the person who works at the help desk. */
export const eitherWord = "user";

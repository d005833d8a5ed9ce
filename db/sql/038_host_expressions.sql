-- The operator's own expressions over the host's rows (attach --expression, --messages-filter), each in a function that cannot fail.

{{expression_functions}}

"""The order approval agent of the Human-in-the-Loop guide.

Orders above 10,000 wait for a person behind `require_approval`; the name alone makes the gate.
`process_order` looks at `approved` itself, so it also runs after a rejection, and says so.
"""

from datetime import datetime
from typing import Any

from langvel.core.agent import Agent
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class OrderState(StateModel):
    order_id: str
    amount: float
    customer_id: str
    approved: bool = False
    approved_by: str | None = None
    approval_time: datetime | None = None
    rejection_reason: str | None = None


def risk_of(amount: float) -> str:
    if amount > 100_000:
        return "critical"
    return "high" if amount > 50_000 else "medium"


class OrderApprovalAgent(Agent):
    """Processes orders; large ones after a person agreed."""

    state_model = OrderState
    checkpointer = "postgres"

    def build_graph(self) -> GraphBuilder:
        return (
            self.start()
            .then(self.validate_order)
            .then(self.check_risk_level)
            .branch(
                {
                    "high_value": self.require_approval,
                    "normal": self.auto_approve,
                }
            )
            .merge(self.process_order)
            .then(self.send_notification)
            .end()
        )

    def describe_review(self, state: OrderState, node: str) -> dict[str, Any]:
        return {
            "title": f"Process order {state.order_id} for {state.amount:,.2f}",
            "summary": f"Customer {state.customer_id} ordered for more than 10,000.",
            "effect": "The order is processed and a receipt is written.",
            "risk": risk_of(state.amount),
        }

    async def validate_order(self, state: OrderState) -> OrderState:
        if state.amount <= 0:
            raise ValueError("Invalid order amount")
        return state

    async def check_risk_level(self, state: OrderState) -> OrderState:
        if state.amount > 10000:
            state.set_next("high_value")
        else:
            state.set_next("normal")
        return state

    async def require_approval(self, state: OrderState) -> OrderState:
        return state

    async def auto_approve(self, state: OrderState) -> OrderState:
        state.approved = True
        state.approved_by = "system"
        state.approval_time = datetime.now()
        return state

    async def process_order(self, state: OrderState) -> OrderState:
        if not state.approved:
            state.set_error("Order not approved")
            return state

        state.metadata["receipt"] = {
            "number": f"R-{state.order_id}",
            "amount": state.amount,
            "approved_by": state.approved_by,
        }
        return state
